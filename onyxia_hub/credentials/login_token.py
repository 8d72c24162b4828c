"""Which token of the login is exchanged, and whether it is worth showing to a provider."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from onyxia_hub.credentials.base import Identity, TokenKind
from onyxia_hub.errors import LoginExpired, ProviderMisconfigured
from onyxia_hub.language import Said
from onyxia_hub.oidc import claims_of

__all__ = ["LoginToken", "token_for"]


@dataclass(frozen=True, slots=True)
class LoginToken:
    """One token of a login.

    Parameters
    ----------
    text
        The token itself.
    claims
        Its claims, read without checking the signature; empty for an opaque token. They only
        choose between sentences: the provider is the one that checks.
    """

    text: str = field(repr=False)
    claims: Mapping[str, Any] = field(repr=False)

    @property
    def is_jwt(self) -> bool:
        """Whether the claims could be read."""
        return bool(self.claims)

    @property
    def expired(self) -> bool:
        """Whether it has ended by the hub's clock."""
        end = self.claims.get("exp")
        return _is_number(end) and end <= time.time()


def token_for(
    identity: Identity, kind: TokenKind, *, provider: str, endpoint: str, setting: str
) -> LoginToken:
    """Return the identity's token of one kind.

    Parameters
    ----------
    identity
        Who it is for.
    kind
        The kind that the provider exchanges.
    provider, endpoint, setting
        For the sentence: the provider's label, its address, and the setting that chose the kind.

    Raises
    ------
    onyxia_hub.errors.LoginExpired
        If the login has no token at all, or this one has ended: no provider has to be asked.
    onyxia_hub.errors.ProviderMisconfigured
        If the login has tokens, but none of this kind.
    """
    text = identity.tokens.get(kind)
    if not text:
        if not any(identity.tokens.values()):
            raise LoginExpired
        raise ProviderMisconfigured(
            provider=provider,
            endpoint=endpoint,
            detail=Said("logins here have no {kind}", kind=kind),
            setting=setting,
        )
    token = LoginToken(text=text, claims=claims_of(text))
    if token.expired:
        raise LoginExpired
    return token


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
