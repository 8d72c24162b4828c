"""Asking a local server whether it is ready."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest

__all__ = ["Answer", "ask", "until"]

_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's answer.

    Parameters
    ----------
    status
        HTTP status; 0 if there was no answer.
    body
        Its bytes, which may be secret.
    """

    status: int
    body: bytes = field(default=b"", repr=False)

    def json(self) -> Any:
        """Return the body's JSON.

        Raises
        ------
        ValueError
            If it is none.
        """
        return json.loads(self.body)


async def ask(
    url: str,
    *,
    method: str = "GET",
    body: object = None,
    headers: dict[str, str] | None = None,
    timeout: float = 5,  # noqa: ASYNC109  # handed to the HTTP client, which cleans up after itself
) -> Answer:
    """Send one request, with a JSON body if there is one; redirects are not followed."""
    request = HTTPRequest(
        url,
        method=method,
        headers=headers or {},
        body=None if body is None else json.dumps(body),
        allow_nonstandard_methods=True,
        follow_redirects=False,
        connect_timeout=timeout,
        request_timeout=timeout,
    )
    try:
        response = await AsyncHTTPClient().fetch(request, raise_error=False)
    except (OSError, HTTPClientError):
        return Answer(status=0)
    return Answer(status=0 if response.code == 599 else response.code, body=response.body or b"")


async def until(ready: Callable[[], Awaitable[bool]]) -> None:
    """Call ``ready`` until it says yes. The caller sets the time limit."""
    while not await ready():  # noqa: ASYNC110  # another process can't set an Event
        await asyncio.sleep(_PAUSE)
