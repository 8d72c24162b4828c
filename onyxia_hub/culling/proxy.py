"""Routes without the proxy's own idea of activity."""

from __future__ import annotations

from typing import Any

from jupyterhub.proxy import ConfigurableHTTPProxy

__all__ = ["QuietHTTPProxy"]


class QuietHTTPProxy(ConfigurableHTTPProxy):
    """The usual proxy, whose times of last activity are not taken over.

    To configurable-http-proxy every answer and every byte of a websocket is activity, and
    JupyterHub copies that to the service (jupyterhub/app.py, ``update_last_activity``). A forgotten
    browser tab that asks for news each minute would keep its service for ever. Services report
    their activity themselves, so JupyterHub only goes on to mend routes.
    """

    async def get_all_routes(self) -> dict[str, Any]:
        """Return all routes; `JupyterHub.update_last_activity` skips those without a time."""
        routes: dict[str, Any] = await super().get_all_routes()
        for route in routes.values():
            route["data"].pop("last_activity", None)
        return routes
