"""What the culler asks the hub before it stops a service."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Mapping
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

__all__ = ["Arbiter"]

_LOG = logging.getLogger(__name__)


class Arbiter:
    """Lets the hub decide: only it knows the profile's limit, and who was active since.

    An instance is a ``cull_arbiter_hook`` of jupyterhub-idle-culler 2.0, which calls it for every
    service that runs, one user after the other, and waits for each stop in between. So the hub's
    answer is kept for a moment only, and asked for again in a long round.

    Parameters
    ----------
    api_url
        Address of the hub's API (``JUPYTERHUB_API_URL``).
    token
        The culler's own token.
    keep
        For how long, in seconds, an answer of the hub counts.
    """

    def __init__(self, *, api_url: str, token: str, keep: float = 2.0) -> None:
        self._url = f"{api_url}/onyxia/idle"
        self._token = token
        self._keep = keep
        self._due: frozenset[str] = frozenset()
        self._known_until = 0.0
        self._asking = asyncio.Lock()

    async def __call__(self, *, server: Mapping[str, Any], **_: object) -> bool:
        """Return whether the hub says that this service is due.

        Parameters
        ----------
        server
            JupyterHub's model of the service.
        """
        async with self._asking:
            if time.monotonic() >= self._known_until:
                self._due = await self._ask()
                self._known_until = time.monotonic() + self._keep
        return server.get("full_name") in self._due

    async def _ask(self) -> frozenset[str]:
        request = HTTPRequest(self._url, headers={"Authorization": f"token {self._token}"})
        try:
            answer = await AsyncHTTPClient().fetch(request)
            return frozenset(json.loads(answer.body)["due"])
        except (HTTPClientError, OSError, ValueError, KeyError, TypeError) as cause:
            # Whatever can't be told is not stopped.
            _LOG.warning("The hub did not say which services are due: %s", type(cause).__name__)
            return frozenset()
