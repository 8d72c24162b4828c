"""The login of a person, as credentials are made from it: for services, and for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onyxia_hub.credentials.base import Identity, TokenKind
from onyxia_hub.errors import LaunchError, LoginExpired, LoginNotRefreshed, NeverLoggedIn

__all__ = ["Owner"]

_TOKENS: tuple[TokenKind, ...] = ("access_token", "id_token")


class Owner:
    """Somebody whose login is exchanged.

    Parameters
    ----------
    user
        JupyterHub's user.
    authenticator
        The hub's. Only our own renews logins on request and tells whether the identity provider is
        away; a site may use another.
    """

    def __init__(self, user: Any, authenticator: Any) -> None:
        self._user = user
        self._authenticator = authenticator

    @property
    def group_names(self) -> frozenset[str]:
        """The names of the groups."""
        return frozenset(group.name for group in self._user.groups)

    async def login(
        self, *, refresh: bool = True
    ) -> tuple[Mapping[str, Any] | None, LaunchError | None]:
        """Return the login, or why there is none to exchange.

        Parameters
        ----------
        refresh
            Whether it may be refreshed at the identity provider.
        """
        renewed = getattr(self._authenticator, "renewed_auth_state", None) if refresh else None
        try:
            auth_state = await (renewed(self._user) if renewed else self._user.get_auth_state())
        except LoginExpired as ended:
            return None, ended
        return auth_state, None if auth_state else NeverLoggedIn(username=self._user.name)

    def identity(self, auth_state: Mapping[str, Any]) -> Identity:
        """Return who the credentials are for.

        Parameters
        ----------
        auth_state
            The login; empty for somebody without one.
        """
        return Identity(
            username=self._user.name,
            groups=tuple(sorted(self.group_names)),
            claims=auth_state.get("oauth_user") or {},
            tokens={kind: auth_state[kind] for kind in _TOKENS if auth_state.get(kind)},
        )

    def why_expired(self, ended: LoginExpired) -> LaunchError:
        """Return what to say of a login whose tokens have ended.

        One that could not be refreshed because nobody answered has not ended.
        """
        if not getattr(self._authenticator, "provider_is_away", False):
            return ended
        return LoginNotRefreshed(endpoint=self._authenticator.issuer)
