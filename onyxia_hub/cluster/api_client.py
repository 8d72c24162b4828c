"""The client of the API server, without what each request does not need."""

from __future__ import annotations

import copy
import json
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass
from weakref import WeakKeyDictionary

import aiohttp

__all__ = ["answering_in_json", "ask_for_no_proxy"]

# As kubernetes_asyncio (client/rest.py): a watch may bring an object as large as etcd takes.
_LARGEST_EVENT = 2**21
# By the client that answers in models.
_in_json: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


def ask_for_no_proxy(api_client: Any) -> None:
    """Keep a client from looking for a proxy at every request, unless there is one for its server.

    kubernetes_asyncio has aiohttp look, which asks the environment and ``~/.netrc`` in a thread of
    its own each time (aiohttp/client.py, ``trust_env``). In a storm of launches these threads take
    a third of a request's time. Does nothing the second time.

    Parameters
    ----------
    api_client
        An ``ApiClient`` of kubernetes_asyncio.
    """
    rest = api_client.rest_client
    session = rest.pool_manager
    if not session.trust_env or _has_proxy(api_client.configuration.host):
        return
    connector = session.connector
    session.detach()
    rest.pool_manager = aiohttp.ClientSession(connector=connector, read_bufsize=_LARGEST_EVENT)


def _has_proxy(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme in getproxies() and not proxy_bypass(parts.hostname or "")


def answering_in_json(api: Any) -> Any:
    """Return the same API with answers in the API's own JSON form instead of models.

    A model of a pod takes longer to make than to ask for, and whoever writes something reads at
    most its uid in the answer.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio; its connections are shared.
    """
    client = api.api_client
    if client not in _in_json:
        plain = copy.copy(client)
        plain.deserialize = _parsed
        _in_json[client] = type(api)(plain)
    return _in_json[client]


def _parsed(answer: Any, _: str) -> Any:
    return json.loads(answer.data)
