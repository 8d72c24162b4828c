"""The connections to the API server, without what each request does not need."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp

__all__ = ["ask_for_no_proxy"]

# As kubernetes_asyncio (client/rest.py): an event of a watch may be as large as etcd's largest object.
_LARGEST_EVENT = 2**21


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
    return parts.scheme in getproxies() and not proxy_bypass(parts.netloc)
