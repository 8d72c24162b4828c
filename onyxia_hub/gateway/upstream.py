"""The line to the program: HTTP requests, and connections for websockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.heads import BadAnswer, Head, exchange_heads

__all__ = ["CHUNK", "NotListening", "Upstream"]

CHUNK = 256 * 1024
"""Most bytes in one step of a body."""

_MAX_ANSWER_HEADER = 64 * 1024
_KEPT_OPEN = 4.0  # seconds; Node and uvicorn close idle connections after five
_CONNECT = 10.0
# What the browser left out is left out for the program too.
_AS_SENT = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class NotListening(Exception):
    """There is no program at its address."""


class Upstream:
    """Connections to one program.

    Parameters
    ----------
    config
        Says where the program listens.
    """

    def __init__(self, *, config: GatewayConfig) -> None:
        address = urlsplit(config.program)
        self._socket = address.path if address.scheme == "unix" else None
        self._host = address.hostname or "localhost"
        self._port = address.port or 80
        authority = f"[{self._host}]" if ":" in self._host else self._host
        self._base = "http://localhost" if self._socket else f"http://{authority}:{self._port}"
        self._kept = self._session(force_close=False)
        self._once = self._session(force_close=True)

    @property
    def session(self) -> aiohttp.ClientSession:
        """Client for requests of the gateway's own."""
        return self._kept

    @property
    def base(self) -> str:
        """``scheme://host`` for requests by `session`."""
        return self._base

    def _session(self, *, force_close: bool) -> aiohttp.ClientSession:
        options: dict[str, Any] = {"limit": 0, "force_close": force_close}
        if not force_close:
            options["keepalive_timeout"] = _KEPT_OPEN
        connector: aiohttp.BaseConnector
        if self._socket:
            connector = aiohttp.UnixConnector(self._socket, **options)
        else:
            connector = aiohttp.TCPConnector(**options)
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_field_size=_MAX_ANSWER_HEADER,
            max_line_size=_MAX_ANSWER_HEADER,
            read_bufsize=CHUNK,
            skip_auto_headers=_AS_SENT,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT),
        )

    async def ask(
        self,
        method: str,
        target: str,
        headers: list[tuple[str, str]],
        body: AsyncIterator[bytes] | None,
    ) -> aiohttp.ClientResponse:
        """Send a request and return the answer when its headers are there.

        Only what can be sent twice goes over a connection that was used before: the program may
        close it at that moment.

        Raises
        ------
        NotListening
            If nobody listens.
        BadAnswer
            If what comes back is no answer.
        """
        repeatable = body is None and method in ("GET", "OPTIONS")
        session = self._kept if repeatable else self._once
        try:
            return await session.request(
                method,
                URL(self._base + target, encoded=True),
                headers=CIMultiDict((name, _as_bytes(value)) for name, value in headers),
                data=body,
                allow_redirects=False,
            )
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as cause:
            raise NotListening from cause
        except (aiohttp.ClientError, ValueError) as cause:
            raise BadAnswer(type(cause).__name__) from cause

    async def head(self, target: str, headers: list[tuple[str, str]]) -> Head:
        """Send a request by ``HEAD``.

        Some programs answer it with a body all the same, which aiohttp takes for a broken answer.

        Raises
        ------
        NotListening
            If nobody listens.
        BadAnswer
            If what comes back is no answer.
        """
        reader, writer = await self.connect()
        try:
            return await exchange_heads(
                reader,
                writer,
                method="HEAD",
                target=target,
                headers=[("Connection", "close"), *headers],
            )
        finally:
            writer.close()

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection of one's own.

        Raises
        ------
        NotListening
            If nobody listens.
        """
        limit = _MAX_ANSWER_HEADER
        try:
            async with asyncio.timeout(_CONNECT):
                if self._socket:
                    return await asyncio.open_unix_connection(self._socket, limit=limit)
                return await asyncio.open_connection(self._host, self._port, limit=limit)
        except OSError as cause:  # TimeoutError is one
            raise NotListening from cause

    async def close(self) -> None:
        """Close all connections."""
        await self._kept.close()
        await self._once.close()


def _as_bytes(value: str) -> str:
    """Undo tornado's reading of bytes as Latin-1 where aiohttp's UTF-8 gives the same bytes."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
