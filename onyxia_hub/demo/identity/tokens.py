"""What tokens say about a person."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.keys import InvalidToken, SigningKeys
from onyxia_hub.demo.identity.sessions import Session
from onyxia_hub.demo.identity.users import User

__all__ = ["SCOPES", "AccessTokens", "Login", "person_claims"]

#: Scopes that are granted; any other that is asked for is left out (OpenID Connect Core §3.1.2.1).
SCOPES = ("openid", "profile", "email", "offline_access")


@dataclass(frozen=True, slots=True)
class Login:
    """A person in one of their sessions: what Authlib calls the request's user."""

    user: User
    session: Session


def person_claims(user: User) -> dict[str, Any]:
    """Return the claims about a person that every token and userinfo carry, whatever the scope.

    Like Keycloak's default client scopes, because what exchanges the tokens (S3, Vault) reads these
    and can't ask for a scope.
    """
    return {
        "sub": user.subject,
        "preferred_username": user.username,
        "name": user.name,
        "email": user.email,
        "email_verified": True,
        "groups": list(user.groups),
    }


class AccessTokens:
    """Issues access tokens and checks them at userinfo.

    Parameters
    ----------
    config
        Issuer, audiences and life.
    keys
        What signs.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, *, config: IdentityConfig, keys: SigningKeys, clock: Callable[[], float] = time.time
    ) -> None:
        self._config = config
        self._keys = keys
        self._clock = clock

    def issue(self, login: Login, *, client_id: str, scope: str) -> tuple[str, int]:
        """Return an access token and its life in seconds, which never goes beyond its session's."""
        now = int(self._clock())
        expires_at = min(now + self._config.access_token_life, login.session.expires_at)
        claims = {
            "iss": self._config.issuer,
            "aud": list(self._config.audiences),
            "azp": client_id,
            "typ": "Bearer",
            "jti": str(uuid.uuid4()),
            "sid": login.session.id,
            "scope": scope,
            "iat": now,
            "exp": expires_at,
            "auth_time": login.session.auth_time,
            **person_claims(login.user),
        }
        return self._keys.sign(claims), expires_at - now

    def verify(self, token: str) -> dict[str, Any]:
        """Return the claims of one of our access tokens.

        Raises
        ------
        InvalidToken
            If it is not signed by us, over, or another kind of token.
        """
        claims = self._keys.verify(token)
        if claims.get("iss") != self._config.issuer or claims.get("typ") != "Bearer":
            raise InvalidToken("not an access token of this issuer")
        return claims
