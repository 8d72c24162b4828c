"""When the credentials of a running service are due, and what became of them."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from onyxia_hub.credentials.leases import Lease
from onyxia_hub.errors import LaunchError

__all__ = ["Record", "spread"]

# A renewal starts between these shares of the life: never later than half of it, and not all that
# were minted in one storm at the same moment.
_EARLIEST, _LATEST = 0.42, 0.5
# Another provider's credentials are renewed with them from this share on, so that one write to the
# cluster serves both.
_ALONG = 0.35
# After a restart all are due within this share of their life.
_AFTER_RESTART = 0.25
# Seconds before another try: the first, and the longest, as a share of the life.
_FIRST_RETRY = 5.0
_LONGEST_RETRY = 1 / 8
_NEVER = datetime.max.replace(tzinfo=UTC)
_FOREVER = 1e9
# How often, in shares of the life, a login that has ended is looked at without any sign of a new.
_WITHOUT_LOGIN = 1 / 4


@dataclass(slots=True)
class Record:
    """One running service.

    Parameters
    ----------
    leases
        By provider; as this process knows them, they may be longer.
    due_at
        When to renew them (aware, UTC).
    renewed_at
        When this process did; ``None`` if it has not yet.
    problems
        Why some were not, by provider.
    failures
        How often in a row.
    ended_login
        What `Service.login_mark` said when the login was found to have ended; ``None`` if it lives.
    """

    leases: dict[str, Lease]
    due_at: datetime
    renewed_at: datetime | None = None
    problems: dict[str, LaunchError] = field(default_factory=dict)
    failures: int = 0
    ended_login: object | None = None

    @classmethod
    def of(cls, leases: Mapping[str, Lease]) -> Record:
        """Return the record of a service that has just been launched."""
        record = cls(dict(leases), _NEVER)
        record.plan()
        return record

    @property
    def shortest(self) -> float:
        """The shortest life of its credentials, in seconds."""
        return min((lease.life for lease in self.leases.values()), default=_FOREVER)

    def plan(self) -> None:
        """Make it due before half of the life of what ends first."""
        share = random.uniform(_EARLIEST, _LATEST)  # noqa: S311  # no secret
        self.due_at = min((lease.after(share) for lease in self.leases.values()), default=_NEVER)

    def due(self, now: datetime) -> set[str]:
        """Return the providers whose credentials are to be renewed now."""
        return {
            name
            for name, lease in self.leases.items()
            if name in self.problems or lease.after(_ALONG) <= now
        } or set(self.leases)

    def succeeded(self, leases: Mapping[str, Lease], *, now: datetime) -> None:
        """Note what was renewed, and plan the next time.

        Parameters
        ----------
        leases
            The new ones.
        now
            The present time (aware, UTC).
        """
        self.leases.update(leases)
        for name in leases:
            self.problems.pop(name, None)
        self.renewed_at = now
        self.ended_login = None
        if not self.problems:
            self.failures = 0
            self.plan()

    def drop(self, name: str) -> None:
        """Forget a provider of which the service holds nothing."""
        self.leases.pop(name, None)
        self.problems.pop(name, None)
        self.plan()

    def failed(self, problems: Mapping[str, LaunchError], *, now: datetime) -> None:
        """Note what was not renewed, and when to try again.

        Parameters
        ----------
        problems
            Why, by provider.
        now
            The present time (aware, UTC).
        """
        self.problems.update(problems)
        pause = min(_FIRST_RETRY * 2.0**self.failures, self.shortest * _LONGEST_RETRY)
        self.failures += 1
        self._wait(pause, now)

    def login_ended(
        self, mark: object, problems: Mapping[str, LaunchError], *, now: datetime
    ) -> None:
        """Note that only a new login can help.

        Parameters
        ----------
        mark
            By which a new login is noticed.
        problems
            What the user is told, by provider.
        now
            The present time (aware, UTC).
        """
        self.problems.update(problems)
        self.ended_login = mark
        self._wait(self.shortest * _WITHOUT_LOGIN, now)

    def _wait(self, seconds: float, now: datetime) -> None:
        jitter = random.uniform(0.5, 1.0)  # noqa: S311  # no secret
        self.due_at = now + timedelta(seconds=seconds * jitter)


def spread(records: Collection[Record], *, now: datetime) -> None:
    """Plan services that an earlier hub process has looked after, the oldest first.

    When it renewed them last is not known, so all are due within a quarter of their life: what it
    renewed at half of the life is still good for the other half. A launch that is not even half
    over needs no such haste.

    Parameters
    ----------
    records
        The services.
    now
        The present time (aware, UTC).
    """
    old = [record for record in records if record.due_at <= now]
    old.sort(key=lambda record: min(lease.minted_at for lease in record.leases.values()))
    for place, record in enumerate(old):
        seconds = record.shortest * _AFTER_RESTART * place / len(old)
        record.due_at = now + timedelta(seconds=seconds)
