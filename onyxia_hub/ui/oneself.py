"""What is somebody's own and nobody else's, administrators included."""

from __future__ import annotations

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado.web import HTTPError

__all__ = ["oneself"]


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
