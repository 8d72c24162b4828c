"""The cluster's nodes, asked for when a pod can't be placed on one."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from onyxia_hub.cluster.gpus import NodeFacts
from onyxia_hub.cluster.refusals import API_FAILURES, cause_of

__all__ = ["nodes_of"]

_log = logging.getLogger(__name__)

# Nodes change in minutes, and a hundred pods may be waiting for one.
_FRESH_FOR = 15.0
_TIMEOUT = 3.0
_known: dict[str, tuple[float, list[NodeFacts] | None]] = {}


async def nodes_of(api: Any) -> list[NodeFacts] | None:
    """Return what the nodes have, at most 15 s old.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.

    Returns
    -------
    list of NodeFacts or None
        ``None`` if the hub may not know or gets no answer: then messages have no such number.
    """
    host = api.api_client.configuration.host
    asked, facts = _known.get(host, (float("-inf"), None))
    if time.monotonic() - asked < _FRESH_FOR:
        return facts
    # Whoever comes while the answer is awaited makes do with the last one.
    _known[host] = (time.monotonic(), facts)
    try:
        async with asyncio.timeout(_TIMEOUT):
            answer = await api.list_node()
    except API_FAILURES as error:
        _log.info("The cluster's nodes can't be listed: %s", cause_of(error))
        return facts
    nodes = [NodeFacts.of(api.api_client.sanitize_for_serialization(node)) for node in answer.items]
    _known[host] = (time.monotonic(), nodes)
    return nodes
