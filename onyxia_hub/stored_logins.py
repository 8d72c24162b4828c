"""Where logins are stored, also while the hub's database does not take them."""

from __future__ import annotations

from typing import Any

from jupyterhub.user import User

__all__ = ["StoredLogins"]

AuthState = dict[str, Any]


class StoredLogins:
    """Reads and writes the logins of users (JupyterHub's ``auth_state``).

    A refresh spends the old refresh token where they rotate: if the database does not take the new
    one, the login would be lost with it. So it is kept here until the database does.
    """

    def __init__(self) -> None:
        self._unsaved: dict[str, AuthState] = {}

    async def of(self, user: User) -> AuthState | None:
        """Return a user's login; ``None`` if there is none.

        Raises
        ------
        sqlalchemy.exc.SQLAlchemyError
            If the database does not answer.
        """
        stored: AuthState | None = await user.get_auth_state()
        unsaved = self._unsaved.get(user.name)
        if unsaved is None or stored is None or _obtained(stored) > _obtained(unsaved):
            # A login since then, or an end of it, goes before.
            self._unsaved.pop(user.name, None)
            return stored
        await self.save(user, unsaved)
        return unsaved

    async def save(self, user: User, auth_state: AuthState) -> None:
        """Store a login.

        Raises
        ------
        sqlalchemy.exc.SQLAlchemyError
            If the database does not take it; the next `of` tries again.
        """
        self._unsaved[user.name] = auth_state
        await user.save_auth_state(auth_state)
        del self._unsaved[user.name]


def _obtained(auth_state: AuthState) -> float:
    """Return when the login's tokens came, in Unix seconds."""
    return float((auth_state.get("token_response") or {}).get("obtained_at", 0.0))
