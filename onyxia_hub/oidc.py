"""OpenID Connect facts that the authenticator needs: endpoints and the life of tokens."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from onyxia_hub.language import Said

__all__ = ["BadDiscovery", "Discovery", "Endpoints", "claims_of", "life_of"]


class BadDiscovery(ValueError):
    """The discovery document is not one, or is another issuer's."""


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider answers what.

    Source: OpenID Connect Discovery 1.0 §3; ``end_session`` from RP-Initiated Logout 1.0 §2.1.
    """

    authorization: str
    token: str
    userinfo: str
    end_session: str | None


class Discovery:
    """The provider's endpoints, asked for once, on first need.

    Asking at start would keep a hub from restarting while the provider is away, and with it every
    running service from being reached.

    Parameters
    ----------
    issuer
        Issuer address without trailing slash.
    fetch
        Coroutine function that returns the JSON behind a URL.
    """

    def __init__(self, *, issuer: str, fetch: Callable[[str], Awaitable[Any]]) -> None:
        self._issuer = issuer
        self._fetch = fetch
        self._found: Endpoints | None = None
        self._asking = asyncio.Lock()

    @property
    def found(self) -> Endpoints | None:
        """The endpoints, if they have been asked for before."""
        return self._found

    async def endpoints(self) -> Endpoints:
        """Return the endpoints; callers at the same time share one question.

        Raises
        ------
        BadDiscovery
            If the document is unusable. What ``fetch`` raises passes through.
        """
        async with self._asking:
            if self._found is None:
                document = await self._fetch(f"{self._issuer}/.well-known/openid-configuration")
                self._found = _endpoints_in(document, issuer=self._issuer)
            return self._found


def _endpoints_in(document: object, *, issuer: str) -> Endpoints:
    if not isinstance(document, dict):
        raise BadDiscovery(Said("its discovery document is not a JSON object"))
    if str(document.get("issuer", "")).rstrip("/") != issuer:
        # Discovery 1.0 §4.3: the value must be the issuer that was asked for.
        raise BadDiscovery(Said("its discovery document names another issuer"))
    try:
        return Endpoints(
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            userinfo=document["userinfo_endpoint"],
            end_session=document.get("end_session_endpoint"),
        )
    except KeyError as missing:
        name = missing.args[0]
        raise BadDiscovery(Said("its discovery document has no {name}", name=name)) from None


def claims_of(token: str | None) -> Mapping[str, Any]:
    """Return a JWT's claims without checking its signature; nothing for an opaque token.

    Only for facts that decide when to refresh. Whoever is given the token checks it.
    """
    parts = (token or "").split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def life_of(token: str | None, *, obtained_at: float, expires_in: object) -> tuple[float, float]:
    """Return when a token ends (Unix seconds) and how long its whole life is (seconds).

    Parameters
    ----------
    token
        A JWT, whose own ``exp`` and ``iat`` count, or an opaque token.
    obtained_at
        When the provider answered, Unix seconds.
    expires_in
        What the token response said of an opaque token's life, in seconds; anything that is no
        number means that it does not end.
    """
    claims = claims_of(token)
    end, start = claims.get("exp"), claims.get("iat", obtained_at)
    if isinstance(end, int | float) and isinstance(start, int | float):
        return float(end), max(float(end) - float(start), 0.0)
    if isinstance(expires_in, int | float) and not isinstance(expires_in, bool):
        return obtained_at + expires_in, float(expires_in)
    return float("inf"), float("inf")
