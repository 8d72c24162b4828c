"""REST calls about one user, who may be another than the one that asks."""

from __future__ import annotations

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.user import User
from tornado.web import HTTPError

__all__ = ["OfOneUser"]


class OfOneUser(APIHandler):
    """What such calls have in common; their scopes say who may ask."""

    def user_of(self, name: str) -> User:
        """Return a user.

        Raises
        ------
        tornado.web.HTTPError
            404 for somebody whom only administrators can ask for.
        """
        user = self.find_user(name)
        if user is None:
            raise HTTPError(404, f"There is no user “{name}”.")
        return user
