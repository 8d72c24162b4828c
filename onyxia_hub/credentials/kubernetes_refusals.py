"""How requests to the API server of Kubernetes fail, in words that never hold a secret."""

from __future__ import annotations

import aiohttp
from kubernetes_asyncio.client.exceptions import ApiException

__all__ = ["API_FAILURES", "cause_of", "may_pass"]

#: What a request of kubernetes_asyncio raises if the API server refuses, or can't be reached.
API_FAILURES = (ApiException, TimeoutError, aiohttp.ClientError)


def cause_of(error: Exception) -> str:
    """Return in a few words why a request failed.

    Nothing of the API server's answer but its status is in it: an answer can quote the request,
    and ``str`` of an ``ApiException`` holds the whole answer.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    """
    if isinstance(error, ApiException):
        return f"HTTP {error.status} {error.reason}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return f"no connection ({type(error).__name__})"


def may_pass(error: Exception) -> bool:
    """Return whether the same request may succeed a moment later.

    Parameters
    ----------
    error
        One of `API_FAILURES`.
    """
    if not isinstance(error, ApiException):
        return True
    # 409: the object has changed while it was being changed. 429: too many requests.
    return error.status in {409, 429} or (error.status or 0) >= 500
