"""The start of a websocket at the program: one request and the head of its answer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders, HTTPInputError, parse_response_start_line

__all__ = ["BadAnswer", "Head", "shake_hands"]

_PATIENCE = 60.0


class BadAnswer(Exception):
    """What came back is no answer of HTTP."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers of an answer."""

    status: int
    headers: list[tuple[str, str]]


async def shake_hands(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    target: str,
    headers: list[tuple[str, str]],
) -> Head:
    """Ask for a websocket.

    Parameters
    ----------
    reader, writer
        Fresh connection to the program.
    target, headers
        Of the request; those that upgrade the connection are added.

    Raises
    ------
    BadAnswer
        If the program closes the connection, waits too long, or speaks something else.
    """
    lines = [f"GET {target} HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket"]
    lines += [f"{name}: {value}" for name, value in headers]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
    try:
        async with asyncio.timeout(_PATIENCE):
            await writer.drain()
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, _, rest = text.partition("\r\n")
                status = parse_response_start_line(line).code
                if status == 101 or status >= 200:
                    parsed = HTTPHeaders.parse(rest)
                    return Head(status, list(parsed.get_all()))
    except (
        HTTPInputError,
        OSError,
        TimeoutError,
        asyncio.IncompleteReadError,
        asyncio.LimitOverrunError,
    ) as cause:
        raise BadAnswer(type(cause).__name__) from cause
