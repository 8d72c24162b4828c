"""What a credential provider is, and what goes in and out of it.

A provider turns a person's OIDC login into credentials of one kind. It knows nothing of JupyterHub
or Kubernetes: it gets an `Identity` and a `CredentialRequest`, and returns `Credentials`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

__all__ = [
    "CredentialRequest",
    "Credentials",
    "Held",
    "Identity",
    "Provider",
    "TokenKind",
]

TokenKind = Literal["access_token", "id_token"]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who the credentials are for, as the last login (or refresh) told the hub.

    Parameters
    ----------
    username
        JupyterHub's name of the user.
    groups
        Groups claimed by the identity provider.
    claims
        The userinfo claims.
    tokens
        The login's tokens by kind, left out of ``repr``.
    """

    username: str
    groups: tuple[str, ...]
    claims: Mapping[str, Any]
    tokens: Mapping[TokenKind, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class CredentialRequest:
    """What one service wants from one provider.

    Parameters
    ----------
    mode
        The profile's word: ``refreshable`` or ``static`` for S3, ``on`` for Vault.
    directory
        Absolute path under which the program will see the files.
    service
        Name of the service, for the provider's audit log.
    vault_secret
        Path of the Vault secret, below the user's top directory, whose keys become environment
        variables; ``None`` for none. Only the Vault provider reads it.
    git
        Whether what the user keeps for git comes along. Only the Vault provider reads it.
    """

    mode: str
    directory: str
    service: str
    vault_secret: str | None = None
    git: bool = False


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a provider minted for one service.

    Parameters
    ----------
    provider
        Name of the provider.
    env
        Environment variables, secret or not: all are injected by reference.
    files
        Text by file name, to appear in the request's directory.
    minted_at
        When they were minted (aware, UTC).
    expires_at
        When they end if nobody refreshes them (aware, UTC).
    """

    provider: str
    minted_at: datetime
    expires_at: datetime
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Held:
    """What a running service holds, as its spawner keeps it.

    Parameters
    ----------
    env
        Environment variables, as `Provider.mint` returned them or `Provider.renew` replaced them.
        The service's user may be able to change what is kept: nothing in it decides about rights.
    files
        Text by file name.
    lives
        How long the credentials of each provider lived at the launch, in seconds.
    """

    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    lives: Mapping[str, float] = field(default_factory=dict)


class Provider(Protocol):
    """One kind of credentials. Implementations are safe to share between users."""

    @property
    def name(self) -> Literal["s3", "vault"]:
        """The word by which profiles ask for this provider."""

    @property
    def label(self) -> str:
        """How sentences for people call it."""

    @property
    def token(self) -> TokenKind:
        """Which of the login's tokens is exchanged."""

    @property
    def timeout(self) -> float:
        """Longest time, in seconds, that `mint` may take, retries included."""

    async def mint(self, identity: Identity, request: CredentialRequest) -> Credentials:
        """Exchange the identity's token for credentials.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            One subclass per cause, each with a sentence for the user.
        """

    def holds(self, held: Held) -> bool:
        """Return whether a service has credentials of this provider."""

    async def renew(self, identity: Identity, held: Held, *, service: str) -> Credentials:
        """Give a running service longer access.

        Parameters
        ----------
        identity
            Who it is for. Where only the credentials themselves are needed, its tokens may have
            ended.
        held
            What the service has.
        service
            Name of the service, for the provider's audit log.

        Returns
        -------
        Credentials
            The new end, and in ``env`` and ``files`` what the service must have instead of what it
            holds; both are empty where the credentials were extended in place.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            One subclass per cause, as in `mint`.
        """

    async def revoke(self, env: Mapping[str, str]) -> None:
        """End what can be ended of credentials minted before.

        Parameters
        ----------
        env
            The environment variables that `mint` returned. A revocation that fails is logged, never
            raised: the credentials end by themselves.
        """
