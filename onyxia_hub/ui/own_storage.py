"""What the REST handlers of “My files” have in common: who asks, and their storage."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import define_custom_scopes
from tornado.web import HTTPError

from onyxia_hub.errors import NoStorage, StorageRefused
from onyxia_hub.files.storage import Storage, StorageSite
from onyxia_hub.own_access import KeptAccess, Wanted
from onyxia_hub.settings import Settings
from onyxia_hub.ui.oneself import oneself

__all__ = ["FILES_SCOPE", "FILE_SCOPES", "OwnStorage"]

FILES_SCOPE = "custom:onyxia:files"
# Here and not by ``JupyterHub.custom_scopes``, as for credentials.
define_custom_scopes(
    {FILES_SCOPE: {"description": "List, read, write and delete the user's own files in S3."}}
)

#: What users may do with their own.
FILE_SCOPES = frozenset({f"{FILES_SCOPE}!user"})
_SERVICE = "files"


class Site:
    """What all handlers share.

    Parameters
    ----------
    settings
        The site's.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.storage = None if settings.s3 is None else StorageSite(settings.s3)
        self.access = KeptAccess(settings, Wanted(s3="static"), service=_SERVICE)
        #: How many uploads each user has running.
        self.uploads: dict[str, int] = {}
        #: Who has a move running.
        self.moving: set[str] = set()
        self._last_steps: set[asyncio.Task[None]] = set()

    def finish_later(self, step: Coroutine[Any, Any, None]) -> None:
        """Run what is left to do of a request that is over."""
        # The event loop alone would not keep it from being collected.
        task = asyncio.ensure_future(step)
        self._last_steps.add(task)
        task.add_done_callback(self._last_steps.discard)


_sites: dict[str, Site] = {}


def _site_of(settings: Settings) -> Site:
    """Return what is shared under these settings.

    traitlets copies what it is configured with, so a `Site` can't be given to handlers.
    """
    key = settings.model_dump_json(include={"s3", "files"})
    if key not in _sites:
        _sites[key] = Site(settings)
    return _sites[key]


class OwnStorage(APIHandler):
    """A handler on somebody's own files."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self.site = _site_of(settings)

    def set_default_headers(self) -> None:
        """Let nothing be kept or taken for a page."""
        super().set_default_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    async def storage_of(self, user_name: str, *, fresh: bool = False) -> Storage:
        """Return the storage of the user who asks, for a ``with`` statement.

        Parameters
        ----------
        user_name
            In the request's address.
        fresh
            Whether the keys are to have all of their life before them.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the site has none, or the login gives no keys.
        tornado.web.HTTPError
            403 for anybody but oneself.
        """
        user = oneself(self, user_name)
        if self.site.storage is None:
            raise NoStorage
        kept = await self.site.access.of(user, self.authenticator, fresh=fresh)
        return self.site.storage.opened(
            kept.minted.env, expires_at=kept.minted.expires_at["s3"], life=kept.life_of("s3")
        )

    @contextmanager
    def keys_checked(self, user_name: str) -> Iterator[None]:
        """Forget keys that the store refuses: the next call makes new ones."""
        try:
            yield
        except StorageRefused:
            self.site.access.forget(oneself(self, user_name))
            raise

    def name_asked(self, argument: str = "key") -> str:
        """Return a name from the request's query, character for character.

        Raises
        ------
        tornado.web.HTTPError
            400 if there is none.
        """
        # Tornado's own way (get_argument) strips spaces and control characters.
        given = self.request.query_arguments.get(argument)
        if not given:
            raise HTTPError(400, f"Add ?{argument}=… with the name, URL-encoded.")
        try:
            return bytes(given[-1]).decode("utf-8")
        except UnicodeDecodeError:
            raise HTTPError(400, f"{argument}: this is not UTF-8.") from None

    def body_fields(self) -> dict[str, Any]:
        """Return the request's JSON object.

        Raises
        ------
        tornado.web.HTTPError
            400 for anything else.
        """
        body = self.get_json_body()
        if not isinstance(body, dict):
            raise HTTPError(400, "Send a JSON object.")
        return body
