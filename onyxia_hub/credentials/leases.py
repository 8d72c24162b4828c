"""For how long credentials are good, and when they are due to be renewed. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from onyxia_hub.credentials.base import Credentials

__all__ = ["Lease", "leases_of"]


@dataclass(frozen=True, slots=True)
class Lease:
    """The time of one provider's credentials.

    Parameters
    ----------
    minted_at
        When they were minted, or extended the last time (aware, UTC).
    expires_at
        When they end (aware, UTC).
    """

    minted_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, credentials: Credentials) -> Lease:
        """Return the lease of what a provider gave."""
        return cls(credentials.minted_at, credentials.expires_at)

    @property
    def life(self) -> float:
        """How long they are good in all, in seconds."""
        return max((self.expires_at - self.minted_at).total_seconds(), 0.0)

    def left(self, now: datetime) -> float:
        """Return for how many seconds they are still good; negative if they have ended."""
        return (self.expires_at - now).total_seconds()

    def after(self, share: float) -> datetime:
        """Return when a share (0 to 1) of their life is over."""
        return self.minted_at + timedelta(seconds=self.life * share)


def leases_of(minted_at: datetime | None, expires_at: Mapping[str, datetime]) -> dict[str, Lease]:
    """Return the leases of a launch by provider.

    Parameters
    ----------
    minted_at
        When its credentials were minted (aware); ``None`` if that is not known.
    expires_at
        When they end, by provider (aware).
    """
    if minted_at is None:
        return {}
    start = minted_at.astimezone(UTC)
    return {
        name: Lease(start, end.astimezone(UTC)) for name, end in expires_at.items() if end > start
    }
