"""The hub's database, when it does not answer: a sentence instead of “Internal Server Error”.

JupyterHub rolls its session back after such a failure (handlers/base.py, ``write_error``), so the
next request works as soon as the database does. What it says meanwhile is a bare 500; and where the
database fails while it looks up who is asking, it goes on as if nobody were (``prepare``), and
sends people with a valid session to the login page. Both are mended here.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from jupyterhub.handlers import BaseHandler
from sqlalchemy import event
from sqlalchemy.engine import Engine, ExceptionContext
from sqlalchemy.exc import OperationalError

from onyxia_hub.errors import DatabaseAway

__all__ = ["tell_of_an_absent_database"]

# Tornado runs each request as a task, so each has its own value.
_away: ContextVar[bool] = ContextVar("onyxia_hub_database_away", default=False)


def tell_of_an_absent_database() -> None:
    """Have requests answered with `DatabaseAway`. May be called again."""
    if not event.contains(Engine, "handle_error", _translate):
        event.listen(Engine, "handle_error", _translate)
    resolve = BaseHandler._resolve_roles_and_scopes  # noqa: SLF001  # the first step after the lookup
    if not isinstance(resolve, _NotWithoutDatabase):
        BaseHandler._resolve_roles_and_scopes = _NotWithoutDatabase(resolve)  # noqa: SLF001


def _translate(context: ExceptionContext) -> None:
    # Locked, full, gone, not reachable: DB-API 2.0 (PEP 249), OperationalError.
    if isinstance(context.sqlalchemy_exception, OperationalError):
        _away.set(True)
        raise DatabaseAway from context.original_exception


class _NotWithoutDatabase:
    def __init__(self, resolve: Any) -> None:
        self._resolve = resolve

    def __get__(self, handler: Any, _: type | None = None) -> Any:
        return self if handler is None else lambda: self(handler)

    def __call__(self, handler: Any) -> None:
        # Nobody's scopes, without which no error page can be made.
        self._resolve(handler)
        if _away.get():
            raise DatabaseAway
