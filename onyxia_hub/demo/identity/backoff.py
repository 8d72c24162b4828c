"""Slows down guessing one user's password."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(slots=True)
class _Attempts:
    count: int
    last: float


class Backoff:
    """Waiting times after wrong passwords, per name; unknown names count like known ones.

    The first ``free`` attempts cost nothing, then each wait is twice the one before. An attempt
    counts before its password is checked, so that guesses sent at the same time slow down too.

    Parameters
    ----------
    free
        Attempts without a wait.
    longest
        Longest wait, in seconds.
    forget
        Seconds after which a name starts afresh.
    names
        Most names remembered; the oldest are forgotten first.
    clock
        Monotonic seconds.
    """

    def __init__(
        self,
        *,
        free: int = 4,
        longest: float = 30.0,
        forget: float = 900.0,
        names: int = 4096,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._free = free
        self._longest = longest
        self._forget = forget
        self._names = names
        self._clock = clock
        self._attempts: dict[str, _Attempts] = {}

    def remaining(self, username: str) -> float:
        """Return the seconds until the next attempt may be made; 0 for now."""
        seen = self._attempts.get(username)
        if seen is None:
            return 0.0
        passed = self._clock() - seen.last
        if passed >= self._forget:
            del self._attempts[username]
            return 0.0
        if seen.count < self._free:
            return 0.0
        # the exponent is bounded: a float overflows at 2**1024
        wait = min(self._longest, 2.0 ** min(seen.count - self._free, 16))
        return max(0.0, wait - passed)

    def attempt(self, username: str) -> None:
        """Count an attempt, as long as `succeeded` is not called a wrong one."""
        seen = self._attempts.pop(username, None) or _Attempts(count=0, last=0.0)
        seen.count += 1
        seen.last = self._clock()
        # popped and set again: a dict keeps the order in which keys came in, the oldest first
        self._attempts[username] = seen
        while len(self._attempts) > self._names:
            del self._attempts[next(iter(self._attempts))]

    def succeeded(self, username: str) -> None:
        """Forget the wrong attempts of a user who then knew the password."""
        self._attempts.pop(username, None)
