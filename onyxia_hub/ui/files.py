"""“My files”: somebody's own S3 storage, as a page and over REST."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError, authenticated

from onyxia_hub.errors import LinkTooLong
from onyxia_hub.files.deletion import delete_folder
from onyxia_hub.files.disposition import attachment
from onyxia_hub.files.preview import preview_of
from onyxia_hub.settings import Settings
from onyxia_hub.ui.file_content import FileContent
from onyxia_hub.ui.file_moving import FileMove
from onyxia_hub.ui.own_storage import FILES_SCOPE, OwnStorage

__all__ = ["FileLink", "FilePreview", "FilesPage", "Folder", "handlers"]

# AWS Signature Version 4, query parameter X-Amz-Expires.
_LONGEST_LINK = 7 * 24 * 3600
# Keys that are new are some seconds old by the time they sign.
_MAKING = 30


class FilesPage(BaseHandler):
    """The page. It holds no list: its script asks for one."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self._settings = settings

    @authenticated
    async def get(self) -> None:
        """Show the page; its query ``folder`` is for its script."""
        limit = self._settings.files.upload_limit
        self.finish(
            await self.render_template("files.html", user=self.current_user, upload_limit=limit)
        )


class Folder(OwnStorage):
    """One folder of somebody's own storage."""

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer what is in a folder, up to 200 entries at a time.

        ``{"place": {"endpoint": …, "bucket": …, "prefix": …}, "folders": ["a/"], "files": [{"key":
        …, "size": …, "changed_at": …}], "after": …, "longest_link": seconds}``; all keys are below
        one's own place, which is ``bucket`` and ``prefix``.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``prefix`` is the folder, with a slash at its end,
            and ``after`` is what the page before answered.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        asked = self.request.query_arguments
        folder = self.name_asked("prefix") if "prefix" in asked else ""
        after = self.name_asked("after") if "after" in asked else None
        with await self.storage_of(user_name) as storage, self.keys_checked(user_name):
            found = await storage.list(folder, after=after)
            answer = {
                "place": {
                    "endpoint": storage.endpoint,
                    "bucket": storage.place.bucket,
                    "prefix": storage.place.prefix,
                },
                "folders": found.folders,
                "files": [
                    {"key": each.name, "size": each.size, "changed_at": _text(each.changed_at)}
                    for each in found.files
                ],
                "after": found.after,
                "longest_link": min(round(storage.life.total_seconds()), _LONGEST_LINK),
            }
        self.write(json.dumps(answer))

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def delete(self, user_name: str) -> None:
        """Delete a folder with everything in it, and answer ``{"deleted": number of files}``.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``prefix`` is the folder, with a slash at its end.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        folder = self.name_asked("prefix")
        with await self.storage_of(user_name) as storage, self.keys_checked(user_name):
            deleted = await delete_folder(storage, folder)
        self.write(json.dumps({"deleted": deleted}))


class FileLink(OwnStorage):
    """A web address that opens a file without a login."""

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Answer ``{"url": …, "expires_at": …}``.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The body is ``{"key": name, "seconds": number}``.

        Raises
        ------
        onyxia_hub.errors.LinkTooLong
            If the keys that sign it end before.
        onyxia_hub.errors.LaunchError
            One subclass per other cause.
        """
        name, seconds = self._asked()
        storage = await self.storage_of(user_name)
        if seconds > storage.seconds_left:
            storage.close()
            storage = await self.storage_of(user_name, fresh=True)
        with storage, self.keys_checked(user_name):
            # One to nothing would be found out by whoever gets it.
            await storage.size_of(name)
            longest = min(storage.seconds_left, _LONGEST_LINK)
            if seconds > longest + _MAKING:
                raise LinkTooLong(longest=longest)
            seconds = min(seconds, longest)
            ends = datetime.now(UTC) + timedelta(seconds=seconds)
            url = storage.link(name, seconds=seconds, disposition=attachment(name))
        self.write(json.dumps({"url": url, "expires_at": _text(ends)}))

    def _asked(self) -> tuple[str, int]:
        body = self.body_fields()
        name, seconds = body.get("key"), body.get("seconds")
        if not isinstance(name, str):
            raise HTTPError(400, "key: write the name of the file.")
        if not isinstance(seconds, int) or isinstance(seconds, bool) or seconds < 1:
            raise HTTPError(400, "seconds: write a whole number above 0.")
        return name, seconds


class FilePreview(OwnStorage):
    """The beginning of a file."""

    @needs_scope(FILES_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer what `onyxia_hub.files.preview.preview_of` returns.

        Parameters
        ----------
        user_name
            Whose, who must be oneself. The query ``key`` is the file's name.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        with await self.storage_of(user_name) as storage, self.keys_checked(user_name):
            found = await preview_of(storage, self.name_asked())
        self.write(json.dumps(found))


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    own = r"/api/onyxia/users/([^/]+)/files"
    given = {"settings": settings}
    return [
        (r"/onyxia/files", FilesPage, given),
        (own, Folder, given),
        (rf"{own}/object", FileContent, given),
        (rf"{own}/link", FileLink, given),
        (rf"{own}/move", FileMove, given),
        (rf"{own}/preview", FilePreview, given),
    ]
