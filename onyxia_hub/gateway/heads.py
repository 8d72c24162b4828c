"""Requests of which only the head of the answer matters: the start of a websocket, and ``HEAD``."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from tornado.httputil import HTTPHeaders, HTTPInputError, parse_response_start_line

__all__ = ["BadAnswer", "Head", "exchange_heads", "head_of", "read_head"]

_PATIENCE = 60.0


class BadAnswer(Exception):
    """What came back is no answer of HTTP."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status, its words, and headers of an answer."""

    status: int
    reason: str
    headers: list[tuple[str, str]]


async def exchange_heads(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    *,
    method: str,
    target: str,
    headers: list[tuple[str, str]],
) -> Head:
    """Send a request without a body, and return the head of its answer.

    Parameters
    ----------
    reader, writer
        Fresh connection to the program; what follows the head stays in the reader.
    method, target, headers
        Of the request.

    Raises
    ------
    BadAnswer
        If the program closes the connection, waits for more than a minute, or speaks something
        else.
    """
    writer.write(head_of(method, target, headers))
    return await read_head(reader, patience=_PATIENCE)


def head_of(method: str, target: str, headers: list[tuple[str, str]]) -> bytes:
    """Return the head of a request as it goes over a connection."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers)]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


async def read_head(reader: asyncio.StreamReader, *, patience: float | None = None) -> Head:
    """Return the head of an answer.

    Parameters
    ----------
    reader
        Connection to the program; what follows the head stays in it.
    patience
        Seconds to wait.

    Raises
    ------
    BadAnswer
        If the program closes the connection, takes too long, or speaks something else.
    """
    try:
        async with asyncio.timeout(patience):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                line, _, rest = text.partition("\r\n")
                start = parse_response_start_line(line)
                status = start.code
                # 100 to 199 but for 101: another head follows.
                if status == 101 or status >= 200:
                    return Head(status, start.reason, list(HTTPHeaders.parse(rest).get_all()))
    except (
        HTTPInputError,
        OSError,
        TimeoutError,
        asyncio.IncompleteReadError,
        asyncio.LimitOverrunError,
    ) as cause:
        raise BadAnswer(type(cause).__name__) from cause
