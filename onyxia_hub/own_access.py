"""Credentials that somebody gets for themselves, not for a service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from onyxia_hub.credentials.minting import Minted, mint
from onyxia_hub.errors import LoginExpired
from onyxia_hub.owner import Owner
from onyxia_hub.settings import Settings
from onyxia_hub.shared import providers_of

__all__ = ["EVERYTHING", "VAULT_ONLY", "OwnWishes", "own_credentials"]


@dataclass(frozen=True, slots=True)
class OwnWishes:
    """What somebody wants for themselves; the words are those of a profile.

    Parameters
    ----------
    s3
        ``refreshable``, ``static`` or ``off``.
    vault
        ``on`` or ``off``.
    optional
        Providers without which there is an answer all the same.
    """

    s3: str
    vault: str
    optional: frozenset[str] = frozenset()


#: All that there is, keys to copy included.
EVERYTHING = OwnWishes(s3="static", vault="on", optional=frozenset({"s3", "vault"}))
#: A Vault token or an error.
VAULT_ONLY = OwnWishes(s3="off", vault="on")


async def own_credentials(
    user: Any, authenticator: Any, settings: Settings, wishes: OwnWishes, *, purpose: str
) -> Minted:
    """Exchange somebody's login for credentials of their own.

    Parameters
    ----------
    user
        JupyterHub's user.
    authenticator
        The hub's.
    settings
        The site's.
    wishes
        What is wanted.
    purpose
        What they are for, in the hub's log, where services have their name.

    Raises
    ------
    onyxia_hub.errors.LaunchError
        If there is no login, it has ended, or a provider that is not optional says no.
    """
    owner = Owner(user, authenticator)
    auth_state, refusal = await owner.login()
    if refusal:
        raise refusal
    try:
        return await mint(
            providers_of(settings),
            owner.identity(auth_state or {}),
            wishes,
            directory="/nonexistent",
            service=purpose,
            vault_secret=None,
        )
    except LoginExpired as ended:
        raise owner.why_expired(ended) from None
