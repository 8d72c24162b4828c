"""REST: renaming and moving somebody's own files, and telling how far it is."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from jupyterhub.scopes import needs_scope
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError

from onyxia_hub.errors import LaunchError, MoveUnderWay
from onyxia_hub.files.moving import Move
from onyxia_hub.files.storage import Storage
from onyxia_hub.ui.own_storage import FILES_SCOPE, OwnStorage

__all__ = ["FileMove"]

#: How long the answer waits for the end, in seconds, before it tells how far it is.
_SHORT = 1.0
_EACH = 0.5


class FileMove(OwnStorage):
    """Another name or place for a file, or for a folder with all in it."""

    _move: Move | None = None

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Answer ``{"moved": number of files, "kept": number}`` once it is done.

        ``kept`` are those that were written in the old place meanwhile, and stay there. What takes
        long is answered with one JSON object a line (``application/x-ndjson``): how far it is,
        ``{"files": …, "size": …, "copied_files": …, "copied_size": …}``, and at last the same as
        otherwise, or ``{"status": …, "message": …}`` if it failed. Whoever goes away before
        everything is copied ends it, and nothing was moved.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The body is ``{"from": name, "to": name, "replace":
            false}``; the names of folders end in a slash.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        source, target, replace = self._asked()
        with ExitStack() as at_end:
            # Checks who asks, before anything is taken.
            current = at_end.enter_context(await self.storage_of(user_name))
            at_end.enter_context(self._turn_of(user_name))

            async def storage() -> Storage:
                # A large folder takes longer than the keys live that it began with.
                nonlocal current
                if current.is_old:
                    current = at_end.enter_context(await self.storage_of(user_name))
                return current

            self._move = Move(storage, source, target, replace=replace)
            with self.keys_checked(user_name):
                await self._answer(self._move)

    def _asked(self) -> tuple[str, str, bool]:
        body = self.body_fields()
        source, target, replace = body.get("from"), body.get("to"), body.get("replace", False)
        if not isinstance(source, str) or not isinstance(target, str):
            raise HTTPError(
                400, "from, to: write the names, that of a folder with a slash at its end."
            )
        if not isinstance(replace, bool):
            raise HTTPError(400, "replace: write true or false.")
        return source, target, replace

    @contextmanager
    def _turn_of(self, user_name: str) -> Iterator[None]:
        moving = self.site.moving
        if user_name in moving:
            raise MoveUnderWay
        moving.add(user_name)
        try:
            yield
        finally:
            moving.discard(user_name)

    async def _answer(self, move: Move) -> None:
        task = asyncio.create_task(move.run())
        try:
            await asyncio.wait([task], timeout=_SHORT)
            if not task.done():
                self.set_header("Content-Type", "application/x-ndjson")
            while not task.done():
                await self._tell(move)
                await asyncio.wait([task], timeout=_EACH)
        finally:
            # The keys must not be closed below it.
            await asyncio.wait([task])
        try:
            moved = task.result()
        except LaunchError as failure:
            if not self._headers_written:
                raise
            told = {"status": failure.status_code, "message": failure.message}
        else:
            told = {"moved": moved, "kept": move.progress.files - moved}
        self.write(json.dumps(told) + "\n")

    async def _tell(self, move: Move) -> None:
        try:
            self.write(json.dumps(move.progress.as_json()) + "\n")
            await self.flush()
        except StreamClosedError:
            move.give_up()

    def on_connection_close(self) -> None:
        """End a move for which nobody waits any more, if not everything is copied."""
        super().on_connection_close()
        if self._move is not None:
            self._move.give_up()
