"""One look at something dear, for all who ask at about the same time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

__all__ = ["OneLook"]

_T = TypeVar("_T")


class OneLook(Generic[_T]):
    """Looks once for everybody who asks while a look goes on, and for a moment after.

    Parameters
    ----------
    look
        What is dear.
    good_for
        For how many seconds an answer serves others too.
    """

    def __init__(self, look: Callable[[], Awaitable[_T]], *, good_for: float) -> None:
        self._look = look
        self._good_for = good_for
        self._going_on: asyncio.Future[_T] | None = None
        self._until = 0.0
        #: What was seen last; ``None`` if nothing was yet.
        self.latest: _T | None = None

    async def take(self) -> _T:
        """Return what is seen.

        Raises
        ------
        Exception
            Whatever the look raises, to all who waited for it; the next to ask looks anew.
        """
        if self.latest is not None and time.monotonic() < self._until:
            return self.latest
        if self._going_on is None or self._going_on.done():
            self._going_on = asyncio.ensure_future(self._once())
        going_on = self._going_on
        # Not awaited itself: whoever gives up waiting must not end it for the others.
        await asyncio.wait([going_on])
        return going_on.result()

    async def _once(self) -> _T:
        seen = await self._look()
        self.latest, self._until = seen, time.monotonic() + self._good_for
        return seen
