"""Every launch that fails is kept, with its cause, for the administrators."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from onyxia_hub.store.failed_launches import keep_failure

__all__ = ["FailureRecord"]


class FailureRecord:
    """Stands before a spawner class and keeps why its launches failed.

    JupyterHub sets a spawner's ``_spawn_future`` with each launch (jupyterhub 6.1.1,
    handlers/base.py, ``spawn_single_user``). It is the one place where all that can end a launch
    comes by: the login, the options, ``start``, its time limit, and the first request to the
    service.
    """

    # The spawner's.
    log: Any
    db: Any
    orm_spawner: Any
    user_options: Any
    name: str
    _log_name: str

    _launching: asyncio.Future[Any] | None = None

    @property
    def _spawn_future(self) -> asyncio.Future[Any] | None:
        return self._launching

    @_spawn_future.setter
    def _spawn_future(self, launching: asyncio.Future[Any] | None) -> None:
        self._launching = launching
        if launching is not None:
            launching.add_done_callback(self._keep_failure)

    def _keep_failure(self, launching: asyncio.Future[Any]) -> None:
        error = None if launching.cancelled() else launching.exception()
        if error is None:
            return
        options = self.user_options
        slug = options.get("profile") if isinstance(options, dict) else None
        try:
            keep_failure(
                self.db,
                error,
                at=datetime.now(UTC),
                user_id=self.orm_spawner.user_id,
                server=self.name,
                profile=slug if isinstance(slug, str) else "",
            )
        except SQLAlchemyError as cause:
            # Its text may quote the row.
            self.log.warning(
                "Why %s did not start was not kept: %s", self._log_name, type(cause).__name__
            )
            self.db.rollback()
