"""What is somebody's own and nobody else's, administrators included."""

from __future__ import annotations

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado.web import HTTPError

from onyxia_hub.settings import Settings

__all__ = ["OwnHandler", "oneself"]


def oneself(handler: BaseHandler, user_name: str) -> User:
    """Return the user of a request, who must be the one that it names.

    Parameters
    ----------
    handler
        Of the request, whose scopes were checked.
    user_name
        In its address.

    Raises
    ------
    tornado.web.HTTPError
        403 for anybody else.
    """
    user = handler.find_user(user_name)
    asking = handler.current_user
    if user is None or asking is None or asking.name != user.name:
        raise HTTPError(403, "This is for nobody but its owner.")
    return user


class OwnHandler(APIHandler):
    """A REST call for oneself, whose answer nobody may keep."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self.onyxia_settings = settings

    def oneself(self, user_name: str) -> User:
        """Return the user who asks, as `oneself` does, and let no answer be kept."""
        user = oneself(self, user_name)
        self.set_header("Cache-Control", "no-store")
        return user
