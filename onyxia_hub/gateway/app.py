"""The gateway's web server."""

from __future__ import annotations

import logging
from typing import Any

import aiohttp
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.web import Application

from onyxia_hub.gateway.activity import Activity
from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.exchanges import OpenExchanges
from onyxia_hub.gateway.forward import forwarding
from onyxia_hub.gateway.health import Health
from onyxia_hub.gateway.http import ProxyHandler
from onyxia_hub.gateway.hub_auth import GatewayAuth
from onyxia_hub.gateway.hub_facts import HubFacts
from onyxia_hub.gateway.login import CallbackHandler
from onyxia_hub.gateway.own_pages import HealthHandler, StatusHandler
from onyxia_hub.gateway.state import Gateway
from onyxia_hub.gateway.upstream import CHUNK, Upstream
from onyxia_hub.gateway.websocket import WebSocketHandler

__all__ = ["GatewayApplication", "make_gateway", "make_server"]

_UNLIMITED = 2**62  # tornado's limit answers 400; the guard's answers 413
_HARD_HEADER_LIMIT = 4  # times the limit: up to this, the guard answers 431


def make_gateway(config: GatewayConfig, facts: HubFacts) -> Gateway:
    """Return the parts of a gateway.

    Parameters
    ----------
    config
        What the spawner says.
    facts
        What JupyterHub says.
    """
    hub_session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    upstream = Upstream(config=config)
    health = Health(
        config=config, prefix=facts.prefix, session=upstream.session, base=upstream.base
    )
    auth = GatewayAuth(facts=facts, session=hub_session)
    return Gateway(
        config=config,
        facts=facts,
        auth=auth,
        activity=Activity(ignore=config.ignore, quiet_bytes=config.quiet_bytes),
        health=health,
        forwarding=forwarding(config, prefix=facts.prefix, client_id=facts.client_id),
        exchanges=OpenExchanges(auth=auth),
        upstream=upstream,
        hub_session=hub_session,
    )


class GatewayApplication(Application):
    """Chooses who answers a request.

    Parameters
    ----------
    gateway
        The gateway's parts.
    """

    def __init__(self, *, gateway: Gateway) -> None:
        super().__init__(
            cookie_secret=gateway.auth.cookie_secret(),
            # Each request would be a line, with its query.
            log_function=lambda _: None,
        )
        self._gateway = gateway
        prefix = gateway.facts.prefix
        self._own = {
            f"{prefix}oauth_callback": CallbackHandler,
            f"{prefix}_gateway/health": HealthHandler,
            f"{prefix}_gateway/status": StatusHandler,
        }

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> Any:
        """Return what handles a request."""
        handler: Any = self._own.get(request.path)
        if handler is None:
            upgrade = request.headers.get("Upgrade", "").lower()
            handler = WebSocketHandler if upgrade == "websocket" else ProxyHandler
        return self.get_handler_delegate(request, handler, {"gateway": self._gateway})


def make_server(gateway: Gateway) -> HTTPServer:
    """Return a server for a gateway, which does not listen yet."""
    # Tornado's warnings show addresses with their queries, and headers.
    for name in ("tornado.access", "tornado.application", "tornado.general"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    return HTTPServer(
        GatewayApplication(gateway=gateway),
        chunk_size=CHUNK,
        max_body_size=_UNLIMITED,
        max_header_size=_HARD_HEADER_LIMIT * gateway.config.max_header,
        idle_connection_timeout=300,
    )
