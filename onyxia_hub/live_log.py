"""What a service writes, for any number of pages that follow it, and what a failed launch wrote."""

from __future__ import annotations

import asyncio

from onyxia_hub.errors import LaunchError
from onyxia_hub.last_output import LiveLog
from onyxia_hub.one_look import OneLook

__all__ = ["FollowedLog"]

# Seconds for which one look serves all who follow; their pages ask every two.
_GOOD_FOR = 1.0
# Longest wait, in seconds, for the last lines of a launch that has failed: its end must not wait.
_LAST_LOOK = 2.0


class FollowedLog:
    """Stands before a spawner class, which knows how its platform's log is read."""

    _looks: OneLook[LiveLog] | None = None
    # What the launch wrote that failed last, as long as JupyterHub remembers why it failed.
    _kept_log: LiveLog | None = None

    async def read_log(self) -> LiveLog:
        """Look at what the service writes and what happens to it, without secrets.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the platform does not tell.
        """
        raise NotImplementedError

    async def live_log(self) -> LiveLog:
        """Return what the service writes and what happens to it, without secrets.

        However many ask, the platform is asked once a second. After a launch that failed, this is
        what it wrote last.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the platform does not tell.
        """
        if self._kept_log is not None:
            return self._kept_log
        if self._looks is None:
            self._looks = OneLook(self.read_log, good_for=_GOOD_FOR)
        return await self._looks.take()

    async def keep_log(self) -> None:
        """Keep what a launch wrote that has just failed: soon nobody can read it any more."""
        seen = self._looks.latest if self._looks else None
        last = None
        try:
            async with asyncio.timeout(_LAST_LOOK):
                last = await self.read_log()
        except (LaunchError, TimeoutError):
            pass  # Why the launch failed is what counts; what was seen of its log serves.
        # A pod that was taken away has left nothing to read.
        self._kept_log = last if last and (last.lines or not seen) else seen or LiveLog()

    def forget_log(self) -> None:
        """Forget what the launch before wrote."""
        self._looks = self._kept_log = None
