"""REST calls that are for oneself only."""

from __future__ import annotations

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.user import User
from tornado.web import HTTPError

from onyxia_hub.settings import Settings

__all__ = ["OwnHandler"]


class OwnHandler(APIHandler):
    """What such calls have in common."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self.onyxia_settings = settings

    def oneself(self, user_name: str) -> User:
        """Return the user who asks, and let no answer be kept.

        Parameters
        ----------
        user_name
            Of the address.

        Raises
        ------
        tornado.web.HTTPError
            403 for anybody else, administrators included: nobody gets what is another's.
        """
        user = self.find_user(user_name)
        if user is None or self.current_user is None or self.current_user.name != user.name:
            raise HTTPError(403, "What is somebody's own is for nobody else.")
        self.set_header("Cache-Control", "no-store")
        return user
