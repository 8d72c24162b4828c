"""What is asked of each side: requests, downloads, uploads, websocket messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse

import aiohttp

__all__ = ["MIB", "Broken", "Case", "Side", "cases", "told"]

MIB = 1024 * 1024

_WAIT = 60.0  # seconds for one step
_REQUESTS = 400
_SENT_AT_ONCE = MIB
_SMALL_MESSAGE = b"x" * 64
_ROUND_TRIPS = 1500
_LARGE_MESSAGE = b"x" * (256 * 1024)
_LARGE_MESSAGES = 800
_IN_FLIGHT = 4


class Broken(Exception):
    """A side can't do what it is asked; the text says how it failed."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One way to the program.

    Parameters
    ----------
    name
        For the table.
    port
        On loopback.
    prefix
        What stands before the program's paths, without a slash at its end.
    headers
        The login.
    """

    name: str
    port: int
    prefix: str
    headers: dict[str, str]

    @contextmanager
    def open(self) -> Iterator[HTTPConnection]:
        """Connect."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=_WAIT)
        try:
            yield connection
        except (OSError, HTTPException) as problem:
            raise Broken(type(problem).__name__) from problem
        finally:
            connection.close()


@dataclass(frozen=True, kw_only=True)
class Case:
    """One row of the table.

    Parameters
    ----------
    name
        For the table.
    unit
        Of the figures.
    run
        Asks a side once and returns the figures, of which the first is compared.
    is_latency
        Whether less is better, and the difference to the program itself counts, not the ratio.
    bar
        Least ratio, or, for a latency, most milliseconds more; None if there is none.
    """

    name: str
    unit: str
    run: Callable[[Side], list[float]]
    is_latency: bool = False
    bar: float | None = None


def cases(size: int) -> list[Case]:
    """Return all cases.

    Parameters
    ----------
    size
        Bytes of each large body.
    """
    mib = f"{size // MIB} MiB"

    def down(path: str) -> Callable[[Side], list[float]]:
        return lambda side: [_download(side, path, size)]

    return [
        Case(name="small GET", unit="ms", run=_latency, is_latency=True, bar=2.0),
        Case(name=f"{mib} file down", unit="MB/s", run=down("/file"), bar=0.8),
        Case(name=f"{mib} made down", unit="MB/s", run=down(f"/made?n={size}"), bar=0.8),
        Case(name=f"{mib} up", unit="MB/s", run=lambda side: [_upload(side, size)], bar=0.8),
        Case(name="websocket echo, 64 B", unit="1/s", run=lambda s: [asyncio.run(_round_trips(s))]),
        Case(name="websocket echo, 256 KiB", unit="MB/s", run=lambda s: [asyncio.run(_stream(s))]),
    ]


def _answer_of(connection: HTTPConnection) -> HTTPResponse:
    answer = connection.getresponse()
    if answer.status != 200:
        raise Broken(f"status {answer.status}")
    return answer


def _latency(side: Side) -> list[float]:
    """Return each request's milliseconds, one after the other on one connection."""
    took = []
    with side.open() as connection:
        for number in range(_REQUESTS + 20):
            started = time.perf_counter()
            connection.request("GET", f"{side.prefix}/small", headers=side.headers)
            _answer_of(connection).read()
            if number >= 20:
                took.append((time.perf_counter() - started) * 1000)
    return took


def _download(side: Side, path: str, size: int) -> float:
    """Return MB/s."""
    buffer = memoryview(bytearray(MIB))
    with side.open() as connection:
        started = time.perf_counter()
        connection.request("GET", f"{side.prefix}{path}", headers=side.headers)
        answer = _answer_of(connection)
        got = 0
        while step := answer.readinto(buffer):
            got += step
        if got != size:
            raise Broken(f"{got} of {size} bytes")
        return size / (time.perf_counter() - started) / 1e6


def _upload(side: Side, size: int) -> float:
    """Return MB/s."""
    block = memoryview(bytes(range(256)) * (_SENT_AT_ONCE // 256))
    with side.open() as connection:
        started = time.perf_counter()
        headers = {**side.headers, "Content-Length": str(size)}
        connection.request("PUT", f"{side.prefix}/count", headers=headers)
        for _ in range(size // len(block)):
            connection.sock.sendall(block)
        if (counted := int(_answer_of(connection).read())) != size:
            raise Broken(f"{counted} of {size} bytes")
        return size / (time.perf_counter() - started) / 1e6


@contextmanager
def told() -> Iterator[None]:
    """Turn what aiohttp says of a websocket that ended into `Broken`."""
    try:
        yield
    except (aiohttp.ClientError, OSError, TypeError) as problem:
        # TypeError: the message is no data but a sign of the end.
        raise Broken(type(problem).__name__) from problem


async def _round_trips(side: Side) -> float:
    """Return echoes a second, each sent when the one before is back."""
    url = f"http://127.0.0.1:{side.port}{side.prefix}/ws"
    with told():
        async with (
            aiohttp.ClientSession(headers=side.headers) as session,
            session.ws_connect(url) as ws,
        ):
            started = time.perf_counter()
            for _ in range(_ROUND_TRIPS):
                await ws.send_bytes(_SMALL_MESSAGE)
                await ws.receive_bytes(timeout=_WAIT)
            return _ROUND_TRIPS / (time.perf_counter() - started)


async def _stream(side: Side) -> float:
    """Return MB/s of echoes, with some messages on their way all the time."""
    url = f"http://127.0.0.1:{side.port}{side.prefix}/ws"
    with told():
        async with (
            aiohttp.ClientSession(headers=side.headers) as session,
            session.ws_connect(url, max_msg_size=0) as ws,
        ):
            free = asyncio.Semaphore(_IN_FLIGHT)

            async def send() -> None:
                for _ in range(_LARGE_MESSAGES):
                    await free.acquire()
                    await ws.send_bytes(_LARGE_MESSAGE)

            started = time.perf_counter()
            sending = asyncio.create_task(send())
            for _ in range(_LARGE_MESSAGES):
                await ws.receive_bytes(timeout=_WAIT)
                free.release()
            await sending
            return _LARGE_MESSAGES * len(_LARGE_MESSAGE) / (time.perf_counter() - started) / 1e6
