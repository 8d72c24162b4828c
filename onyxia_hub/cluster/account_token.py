"""Tokens of service accounts that live for a short time.

The request is that of the API server's reference (authentication/v1, TokenRequest): Kubernetes
keeps no such token, and none can be taken back but by deleting its account.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

__all__ = ["AccountToken", "request_token"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountToken:
    """A token and its end, which the API server decides.

    Parameters
    ----------
    token
        The token.
    expires_at
        Its end (aware, UTC).
    """

    token: str = field(repr=False)
    expires_at: datetime


async def request_token(
    api: Any, *, namespace: str, account: str, life: int, seconds: float
) -> AccountToken:
    """Return a new token.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    namespace, account
        The service account.
    life
        How long the token is to live, in seconds; at least 600.
    seconds
        Limit of the request in seconds.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    TimeoutError, aiohttp.ClientError
        If it does not answer.
    """
    body = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {"expirationSeconds": life},
    }
    async with asyncio.timeout(seconds):
        made = await api.create_namespaced_service_account_token(account, namespace, body)
    return AccountToken(token=made.status.token, expires_at=made.status.expiration_timestamp)
