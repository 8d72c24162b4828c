"""Access of somebody's own, made from their login, for their tools and for pages.

Nobody gets another's, administrators included: the callers ask for the user of the request only.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from onyxia_hub.credentials.minting import Minted, mint
from onyxia_hub.errors import LoginExpired
from onyxia_hub.owner import Owner
from onyxia_hub.settings import Settings
from onyxia_hub.shared import providers_of

__all__ = ["Kept", "KeptAccess", "Wanted", "fresh_access"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for; the words are those of profiles.

    Parameters
    ----------
    s3
        ``static`` for keys, or ``off``.
    vault
        ``on`` for a token, or ``off``.
    optional
        Providers that may fail: what they say is then in `Minted.missing`.
    """

    s3: str = "off"
    vault: str = "off"
    optional: frozenset[str] = frozenset()


async def fresh_access(
    user: Any, authenticator: Any, settings: Settings, wanted: Wanted, *, service: str
) -> Minted:
    """Return new credentials of somebody's own.

    Parameters
    ----------
    user
        JupyterHub's user, who is the one that asks.
    authenticator
        The hub's.
    settings
        The site's.
    wanted
        What is asked for.
    service
        What it is for, in the providers' audit logs.

    Raises
    ------
    onyxia_hub.errors.LaunchError
        If the login has ended, or a provider that is not optional gave nothing.
    """
    owner = Owner(user, authenticator)
    auth_state, refusal = await owner.login()
    if refusal:
        raise refusal
    try:
        return await mint(
            providers_of(settings),
            owner.identity(auth_state or {}),
            wanted,
            directory="/nonexistent",
            service=service,
            vault_secret=None,
        )
    except LoginExpired as ended:
        raise owner.why_expired(ended) from None


@dataclass(frozen=True, slots=True)
class Kept:
    """Credentials of somebody's own, and since when.

    Parameters
    ----------
    minted
        What the providers gave.
    made_at
        When they were asked (aware, UTC).
    """

    minted: Minted
    made_at: datetime

    def life_of(self, provider: str) -> timedelta:
        """Return how long a provider's credentials live in all."""
        return self.minted.expires_at[provider] - self.made_at

    def is_young(self, now: datetime) -> bool:
        """Return whether all have more than half of their life before them."""
        return all(now < self.made_at + self.life_of(each) / 2 for each in self.minted.expires_at)


@dataclass(slots=True)
class _Place:
    """What is kept of one user."""

    kept: Kept | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def has_young(self) -> bool:
        """Return whether there is something that will do."""
        return self.kept is not None and self.kept.is_young(datetime.now(UTC))


class KeptAccess:
    """Credentials for a page's many calls: kept in memory until half of their life is over.

    Parameters
    ----------
    settings
        The site's.
    wanted
        What is asked for.
    service
        What it is for, in the providers' audit logs.
    """

    def __init__(self, settings: Settings, wanted: Wanted, *, service: str) -> None:
        self._settings = settings
        self._wanted = wanted
        self._service = service
        # By what JupyterHub makes at random for each user: names and numbers may come back as
        # somebody else's.
        self._places: dict[str, _Place] = {}

    async def of(self, user: Any, authenticator: Any, *, fresh: bool = False) -> Kept:
        """Return credentials of somebody's own.

        Parameters
        ----------
        user, authenticator
            As for `fresh_access`.
        fresh
            Whether they are to have all of their life before them.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            As in `fresh_access`; also if what is kept would do, but its login has been revoked.
        """
        self._forget_the_old()
        place = self._places.setdefault(user.cookie_id, _Place())
        # One exchange for all calls that a page makes at once.
        async with place.lock:
            if place.kept is not None and place.has_young() and not fresh:
                _, refusal = await Owner(user, authenticator).login(refresh=False)
                if refusal is None:
                    return place.kept
                place.kept = None
                raise refusal
            made_at = datetime.now(UTC)
            minted = await fresh_access(
                user, authenticator, self._settings, self._wanted, service=self._service
            )
            place.kept = Kept(minted, made_at)
            return place.kept

    def forget(self, user: Any) -> None:
        """Drop what is kept of a user, for a provider that takes it no longer."""
        self._places.pop(user.cookie_id, None)

    def _forget_the_old(self) -> None:
        for known, place in list(self._places.items()):
            if not place.lock.locked() and not place.has_young():
                del self._places[known]
