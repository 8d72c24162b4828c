"""The proxy's routes, set again soon after a proxy that was started anew has lost them.

configurable-http-proxy holds its routes in memory. JupyterHub looks at once after a proxy that it
has started itself, but every five minutes only after one that runs in a pod of its own
(jupyterhub/app.py, ``last_activity_interval``): for so long nobody would get at a service.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import Any

import aiohttp
from jupyterhub.httpclient import fetch
from jupyterhub.utils import url_path_join

from onyxia_hub.running import spawners_of

__all__ = ["RouteMender"]

_log = logging.getLogger(__name__)

# Seconds between two looks, and for each request.
_EVERY = 3.0
_REQUEST = 5.0


class RouteMender:
    """Asks the proxy for the route of one service, again and again.

    A proxy that was started anew has lost all of them, so one tells, and thousands of services
    cost no more than one.

    Parameters
    ----------
    app
        JupyterHub's application, whose proxy is a ``ConfigurableHTTPProxy``.
    every
        Seconds between two looks.
    """

    def __init__(self, app: Any, *, every: float = _EVERY) -> None:
        self._app = app
        self._every = every

    async def run(self) -> None:
        """Look and mend for as long as the hub lives."""
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look()
            except Exception:  # noqa: BLE001  # whatever it is, the next look is a trial of its own
                _log.exception("The proxy's routes could not be mended")

    async def look(self) -> None:
        """Have JupyterHub set all routes that are missing, if that of one service is."""
        app = self._app
        spec = next((each.proxy_spec for each in spawners_of(app) if each.ready), None)
        if spec is None or not await self._is_lost(spec):
            return
        _log.warning("The proxy has lost its routes: setting them again")
        await app.proxy.check_routes(app.users, app._service_map)  # noqa: SLF001  # as JupyterHub does

    async def _is_lost(self, spec: str) -> bool:
        """Return whether the proxy says that it lacks a route; one that is away says nothing."""
        proxy = self._app.proxy
        path = proxy._routespec_to_chp_path(spec)  # noqa: SLF001  # hosts and quotes are its matter
        try:
            answer = await fetch(
                url_path_join(proxy.api_url, "api/routes", path),
                headers={"Authorization": f"token {proxy.auth_token}"},
                raise_for_status=False,
                timeout=aiohttp.ClientTimeout(total=_REQUEST),
            )
        except (aiohttp.ClientError, TimeoutError):
            return False
        async with answer:
            return bool(answer.status == HTTPStatus.NOT_FOUND)
