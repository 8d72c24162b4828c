"""The parts of a running gateway, as its handlers see them."""

from __future__ import annotations

from dataclasses import dataclass

import aiohttp

from onyxia_hub.gateway.activity import Activity
from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.exchanges import OpenExchanges
from onyxia_hub.gateway.forward import Forwarding
from onyxia_hub.gateway.health import Health
from onyxia_hub.gateway.hub_auth import GatewayAuth
from onyxia_hub.gateway.hub_facts import HubFacts
from onyxia_hub.gateway.upstream import Upstream

__all__ = ["Gateway"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """Made once, when the gateway starts."""

    config: GatewayConfig
    facts: HubFacts
    auth: GatewayAuth
    activity: Activity
    health: Health
    forwarding: Forwarding
    exchanges: OpenExchanges
    upstream: Upstream
    hub_session: aiohttp.ClientSession
