"""Which neighbours are away, so that nobody asks them in a storm."""

from __future__ import annotations

import random
from dataclasses import dataclass

from onyxia_hub.errors import KubernetesAway, LaunchError, ProviderUnreachable, VaultSealed

__all__ = ["Outages", "is_outage"]

# Seconds between two trials of a neighbour that is away: the first pause, and the longest.
_FIRST_PAUSE = 5.0
_LONGEST_PAUSE = 60.0
_OUTAGES = (KubernetesAway, ProviderUnreachable, VaultSealed)


def is_outage(error: LaunchError) -> bool:
    """Return whether a failure is about the neighbour, not about one user or one service."""
    return isinstance(error, _OUTAGES)


@dataclass(slots=True)
class _Outage:
    failures: int
    try_at: float
    # Whether somebody is finding out just now whether it is back.
    trial: bool = False


class Outages:
    """The neighbours that did not answer.

    As long as one is away, a single request at a time finds out whether it is back, after pauses
    that grow to a minute; everybody else waits. So the load on a neighbour that struggles does not
    grow with the number of services.
    """

    def __init__(self) -> None:
        self._away: dict[str, _Outage] = {}

    def lets(self, neighbour: str, *, now: float) -> bool:
        """Return whether a neighbour may be asked; if it is away, that is the trial.

        Parameters
        ----------
        neighbour
            Its name.
        now
            Time in seconds, of any clock that does not go back.
        """
        outage = self._away.get(neighbour)
        if outage is None:
            return True
        if outage.trial or now < outage.try_at:
            return False
        outage.trial = True
        return True

    def failed(self, neighbour: str, *, now: float) -> None:
        """Say that it did not answer."""
        outage = self._away.setdefault(neighbour, _Outage(failures=0, try_at=now))
        # Requests that were under way together are one failure.
        if outage.trial or now >= outage.try_at:
            pause = min(_FIRST_PAUSE * 2.0**outage.failures, _LONGEST_PAUSE)
            outage.try_at = now + pause * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
            outage.failures += 1
        outage.trial = False

    def answered(self, neighbour: str) -> None:
        """Say that it answered, whatever it said."""
        self._away.pop(neighbour, None)

    def untried(self, neighbour: str) -> None:
        """Say that a trial came to nothing: the neighbour was not asked after all."""
        if (outage := self._away.get(neighbour)) is not None:
            outage.trial = False

    def away(self) -> list[str]:
        """Return the names of those that are away."""
        return sorted(self._away)
