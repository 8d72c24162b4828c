"""The hub's own keys: made once, in the cluster, and never again.

A Job of the chart runs this before the hub's pod is there. It may make Secrets and read none, so it
finds out by the API server's answer whether the keys are there already.
"""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.refusals import reason_of

__all__ = ["KEYS", "make_keys"]

KEYS = ("crypt-key", "cookie-secret", "proxy-token", "metrics-token")
"""What nobody but the hub has to know: 32 random bytes each, in hexadecimal."""


async def make_keys(api: Any, *, namespace: str, name: str, seconds: float) -> bool:
    """Make the Secret with the hub's keys, unless one of that name is there.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    namespace, name
        The Secret.
    seconds
        Limit of the request in seconds.

    Returns
    -------
    bool
        Whether it was made; `False` if one was there, which stays as it is.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    TimeoutError, aiohttp.ClientError
        If it does not answer.
    """
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        # No label of Helm's or Argo CD's: what they don't know, they neither delete nor prune.
        "metadata": {"name": name, "labels": {"app.kubernetes.io/name": "onyxia-hub"}},
        "stringData": {key: secrets.token_hex(32) for key in KEYS},
    }
    try:
        async with asyncio.timeout(seconds):
            await api.create_namespaced_secret(namespace, secret)
    except ApiException as refusal:
        # 409 is also what a ResourceQuota answers that has changed meanwhile.
        if reason_of(refusal) == "AlreadyExists":
            return False
        raise
    return True
