"""How far a launch is, told to the pages that watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from onyxia_hub.language import for_reader

__all__ = ["Phases"]


class Phases:
    """How far a launch is, for any number of pages that watch it."""

    def __init__(self) -> None:
        self._events: list[dict[str, Any]] = []
        self._percent = 0
        self._over = False
        self._changed = asyncio.Event()

    def report(self, percent: int, message: str) -> None:
        """Tell everybody who follows, unless this is what they were told last.

        Parameters
        ----------
        percent
            Progress from 0 to 100; a bar does not go back, so less than before is taken for that.
        message
            A sentence for the user; a `Said` is told to each in their own language.
        """
        if self._events and self._events[-1]["message"] == message:
            return
        self._percent = max(percent, self._percent)
        self._events.append({"progress": self._percent, "message": message})
        self._wake()

    def finish(self) -> None:
        """Say that nothing more will be reported here."""
        self._over = True
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def follow(self) -> AsyncIterator[dict[str, Any]]:
        """Yield what was reported and what will be, until `finish`, in the request's language."""
        seen = 0
        while True:
            # Taken before looking, so that a report made while we yield wakes us up.
            changed = self._changed
            while seen < len(self._events):
                event = self._events[seen]
                yield event | {"message": for_reader(event["message"])}
                seen += 1
            if self._over:
                return
            await changed.wait()
