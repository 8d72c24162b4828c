"""Tells the hub when the service was last used."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import aiohttp

from onyxia_hub.gateway.activity import Activity
from onyxia_hub.gateway.signs import Sign

__all__ = ["EVERY", "Reporter"]

EVERY = 30.0
"""Seconds between two reports of use, and between two looks for signs of work."""

_LOOK = 2.0
_TIMEOUT = aiohttp.ClientTimeout(total=10)
_log = logging.getLogger("onyxia_hub.gateway")


class Reporter:
    """Reports use soon after it begins, then now and then.

    Parameters
    ----------
    activity
        What is known of it.
    signs
        Tell that the program is at work.
    session
        Client for requests to the hub.
    url
        Where JupyterHub takes reports: its REST API's ``/users/{name}/activity``.
    token
        The service's own token.
    server_name
        The service's name; empty for the default server.
    every
        Seconds between two reports.
    """

    def __init__(
        self,
        *,
        activity: Activity,
        signs: Sequence[Sign],
        session: aiohttp.ClientSession,
        url: str,
        token: str,
        server_name: str,
        every: float = EVERY,
    ) -> None:
        self._activity = activity
        self._signs = signs
        self._session = session
        self._url = url
        self._headers = {"Authorization": f"token {token}"}
        self._server_name = server_name
        self._every = every
        self._looked_at = self._told_at = float("-inf")
        self._told: float | None = None
        self._is_deaf = False

    async def run(self) -> None:
        """Report until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(min(_LOOK, self._every))

    async def look(self) -> None:
        """Look for signs of work, and report what is new, each not too often."""
        now = time.monotonic()
        if self._signs and now - self._looked_at >= self._every:
            self._looked_at = now
            if any(await asyncio.gather(*(sign() for sign in self._signs))):
                self._activity.busy()
        last = self._activity.last
        if last is None or last == self._told or now - self._told_at < self._every:
            return
        self._told_at = now
        if await self._tell(last):
            self._told = last

    async def _tell(self, last: float) -> bool:
        when = datetime.fromtimestamp(last, UTC).isoformat()
        report = {"servers": {self._server_name: {"last_activity": when}}, "last_activity": when}
        try:
            async with self._session.post(
                self._url, json=report, headers=self._headers, timeout=_TIMEOUT
            ) as answer:
                status, reason = answer.status, f"it answers {answer.status}"
        except (aiohttp.ClientError, TimeoutError, OSError) as problem:
            status, reason = 0, type(problem).__name__
        has_told = 200 <= status < 300
        if not has_told and not self._is_deaf:
            _log.warning("The hub takes no report of activity: %s. Trying on.", reason)
        self._is_deaf = not has_told
        return has_told
