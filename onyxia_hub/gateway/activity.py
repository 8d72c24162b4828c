"""What counts as somebody using the service.

JupyterHub's own proxy takes every byte for activity, so a forgotten tab keeps a service for ever.
Here requests of a tab that only asks how things are do not count, nor do websockets on which
nothing is said; the profile tells what that is for its program.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable

__all__ = ["Activity"]


class Activity:
    """When the service was last used.

    Parameters
    ----------
    ignore
        Regular expressions, searched for in paths below the prefix: those are no activity.
    quiet_bytes
        Websocket messages of up to this size, in bytes, are no activity.
    clock
        Seconds since the epoch.
    """

    def __init__(
        self,
        *,
        ignore: Iterable[str] = (),
        quiet_bytes: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        patterns = list(ignore)
        self._ignored = re.compile("|".join(f"(?:{one})" for one in patterns)) if patterns else None
        self._quiet_bytes = quiet_bytes
        self._clock = clock
        self.last: float | None = None
        """Seconds since the epoch; None as long as there was none."""

    def request(self, path: str) -> None:
        """Note a request.

        Parameters
        ----------
        path
            Below the prefix, with a slash at its start.
        """
        if self._ignored is None or not self._ignored.search(path):
            self.last = self._clock()

    def bytes_moved(self, path: str) -> None:
        """Note that a body of a request to this path is on its way: a long copy is use."""
        self.request(path)

    def message(self, size: int, path: str = "/") -> None:
        """Note a websocket message of the browser, and its size in bytes."""
        if size > self._quiet_bytes:
            self.request(path)

    def busy(self) -> None:
        """Note that the program is at work, whoever looks."""
        self.last = self._clock()
