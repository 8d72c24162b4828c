"""Bytes of somebody's own files, through the hub: no store needs to let browsers in by CORS."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import Any

from jupyterhub.scopes import needs_scope
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, stream_request_body

from onyxia_hub.errors import (
    FileTooLarge,
    LaunchError,
    NoPreview,
    TooManyUploads,
)
from onyxia_hub.files.disposition import attachment
from onyxia_hub.files.place import short_name
from onyxia_hub.files.preview import image_type
from onyxia_hub.files.upload import Upload, size_in_words
from onyxia_hub.gateway.unread import TellsItsEnd
from onyxia_hub.language import Said
from onyxia_hub.settings import Settings
from onyxia_hub.ui.own_storage import FILES_SCOPE, OwnStorage

__all__ = ["FileContent"]

_MIB = 1024**2
_PIECE = _MIB
_MOST_UPLOADS = 4
#: How much of a refused upload is still read, so that the refusal reaches its sender.
_PATIENCE = 32 * _MIB
_ANY_SIZE = 2**62
# Scripts of a file must not run under the hub's address, whatever a browser makes of it.
_SANDBOX = "sandbox; default-src 'none'"


@stream_request_body
class FileContent(OwnStorage, TellsItsEnd):
    """One file: download, upload, deletion."""

    # JupyterHub's, without types; tornado's are stricter than what a handler of a request needs.
    request: Any

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        super().initialize(settings)
        self._upload: Upload | None = None
        self._refused: LaunchError | HTTPError | None = None
        self._discarded = 0
        self._at_end = ExitStack()

    async def prepare(self) -> None:
        """Check who asks; for an upload that is before its body is read.

        What is wrong with an upload is said when its body has been read: a connection that is
        closed while something is on its way loses the answer.
        """
        try:
            await super().prepare()  # type: ignore[misc]  # JupyterHub's is a coroutine
            if self._finished or self.request.method != "PUT":
                return
            user_name = self.path_args[0]
            self._check_may_write(user_name)
            # Ours instead of Tornado's, which is for bodies kept in memory.
            self.request.connection.set_max_body_size(_ANY_SIZE)
            with self.keys_checked(user_name):
                await self._begin(user_name)
        except (LaunchError, HTTPError) as refusal:
            if self.request.method != "PUT":
                raise
            self._refused = refusal

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    def _check_may_write(self, user_name: str) -> None:
        """Refuse whoever may not; the decorator does it."""

    async def _begin(self, user_name: str) -> None:
        name = self.name_asked()
        limit = self.site.settings.files.upload_limit
        promised = self.request.headers.get("Content-Length", "")
        # Before it is sent; what has no length is counted as it comes.
        if promised.isdecimal() and int(promised) > limit:
            raise FileTooLarge(limit=size_in_words(limit))
        storage = self._at_end.enter_context(await self.storage_of(user_name))
        if name.endswith("/"):
            await storage.make_folder(name)
            return
        self._take_a_turn(user_name)
        self._upload = Upload(storage, name, limit=limit)

    def _take_a_turn(self, user_name: str) -> None:
        running = self.site.uploads
        if running.get(user_name, 0) >= _MOST_UPLOADS:
            raise TooManyUploads(most=_MOST_UPLOADS)
        running[user_name] = running.get(user_name, 0) + 1

        def over() -> None:
            running[user_name] -= 1
            if not running[user_name]:
                del running[user_name]

        self._at_end.callback(over)

    async def data_received(self, chunk: bytes) -> None:
        """Pass a piece of an upload on; the sender waits meanwhile."""
        if self._refused is None and self._upload is not None:
            try:
                await self._renew_keys(self._upload)
                await self._upload.write(chunk)
            except LaunchError as refusal:
                self._refused = refusal
                await self._upload.abort()
        else:
            self._discarded += len(chunk)
            if self._discarded > _PATIENCE:
                self.request.connection.stream.close()

    async def _renew_keys(self, upload: Upload) -> None:
        """Go on with new keys before those that the upload began with end."""
        if upload.storage.is_old:
            storage = await self.storage_of(self.path_args[0])
            upload.storage = self._at_end.enter_context(storage)

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def put(self, user_name: str) -> None:
        """Answer ``{"key": …, "size": …}`` once the file is there; a file of that name is replaced.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``key`` is the file's name below one's own place,
            URL-encoded; with a slash at its end it is a new folder. The body is the content.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        self.is_read = True
        if self._refused is not None:
            raise self._refused
        if self._upload is not None:
            with self.keys_checked(user_name):
                await self._upload.finish()
        size = self._upload.received if self._upload is not None else 0
        self.set_status(201)
        self.write(json.dumps({"key": self.name_asked(), "size": size}))

    def on_connection_close(self) -> None:
        """Throw away what arrived of an upload whose sender has gone."""
        super().on_connection_close()
        # What has arrived in full is saved, whoever still listens.
        if not self.is_read:
            self._end()

    def on_finish(self) -> None:
        """Leave nothing open."""
        super().on_finish()
        self._end()

    def _end(self) -> None:
        upload, self._upload = self._upload, None
        at_end = self._at_end.pop_all()

        async def tidy() -> None:
            with at_end:
                if upload is not None:
                    await upload.abort()

        self.site.finish_later(tidy())

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer the file's bytes, to be saved and never shown.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``key`` is the file's name; with ``image=1`` an
            image comes as one, for a page to show. The header ``Range`` is honoured.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        self.is_read = True
        name = self.name_asked()
        as_image = "image" in self.request.query_arguments
        kind = image_type(name) if as_image else "application/octet-stream"
        if kind is None:
            raise NoPreview(name=short_name(name), problem=Said("it is no image"))
        with await self.storage_of(user_name) as storage, self.keys_checked(user_name):
            stream = await storage.open(name, range_header=self.request.headers.get("Range"))
            try:
                self.set_header("Content-Type", kind)
                self.set_header("Content-Disposition", "inline" if as_image else attachment(name))
                self.set_header("Content-Security-Policy", _SANDBOX)
                self.set_header("Content-Length", str(stream.length))
                self.set_header("Accept-Ranges", "bytes")
                if stream.etag:
                    self.set_header("ETag", stream.etag)
                if stream.range:
                    self.set_status(206)
                    self.set_header("Content-Range", stream.range)
                await self._pass_on(stream)
            finally:
                stream.close()

    async def _pass_on(self, stream: Any) -> None:
        try:
            while piece := await stream.piece(_PIECE):
                self.write(piece)
                # Returns when the reader has taken it, so that one piece is in memory.
                await self.flush()
        except StreamClosedError:
            return
        except LaunchError as broken:
            if not self._headers_written:
                raise
            # The reader learns it by the end that is missing; a new answer would be file content.
            self.log.warning("A download broke off: %s", broken.message)
            self.detach().close()

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def delete(self, user_name: str) -> None:
        """Delete the file and answer 204; one that is not there is deleted.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``key`` is the file's name.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        self.is_read = True
        with await self.storage_of(user_name) as storage, self.keys_checked(user_name):
            await storage.delete(self.name_asked())
        self.set_status(204)
