"""What is asked of each proxy beyond what is asked of gateways: routes, and many connections."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import aiohttp

from tests.bench.gateway_cases import Broken, Case, Side, told
from tests.bench.proxy_servers import Door

__all__ = ["Costed", "costed", "many_connections", "one_more_route", "open_websockets"]

_CONNECTIONS = 16
_REQUESTS = 300  # of each connection
_WEBSOCKETS = 16
_CHANGES = 5
_PAUSE = 0.02  # seconds between the messages of a websocket
_WAIT = 60.0  # seconds for one step


@dataclass(frozen=True, kw_only=True)
class Costed:
    """A case, and what it takes of the proxies' processors.

    Parameters
    ----------
    case
        The case, which keeps the costs.
    unit
        Of the costs.
    costs
        By side, of each turn with the first.
    """

    case: Case
    unit: str
    costs: dict[str, list[float]]

    def counted(self) -> dict[str, list[float]]:
        """Return the costs without the first turn's, as the figures are."""
        return {name: turns[1:] for name, turns in self.costs.items()}


def costed(case: Case, doors: Mapping[str, Door], *, work: float, unit: str) -> Costed:
    """Return a case that keeps what it takes of the proxies' processors.

    Parameters
    ----------
    case
        What is asked.
    doors
        The proxies by name.
    work
        How often the unit's work is done in one turn.
    unit
        Of the costs.
    """
    costs: dict[str, list[float]] = {name: [] for name in doors}

    def run(side: Side) -> list[float]:
        door = doors.get(side.name)
        if door is None:
            return case.run(side)
        before = door.cpu()
        values = case.run(side)
        costs[side.name].append((door.cpu() - before) / work)
        return values

    asked = Case(name=case.name, unit=case.unit, run=run, is_latency=case.is_latency)
    return Costed(case=asked, unit=unit, costs=costs)


def many_connections(doors: Mapping[str, Door], *, routes: int) -> Costed:
    """Return the case of small requests on several connections at once.

    Parameters
    ----------
    doors
        The proxies by name.
    routes
        How many there are.
    """
    name = f"{_CONNECTIONS} at once, {routes} routes"
    case = Case(name=name, unit="1/s", run=lambda side: [asyncio.run(_many(side))])
    work = _CONNECTIONS * _REQUESTS / 1000
    return costed(case, doors, work=work, unit="CPU s/1000")


async def _many(side: Side) -> float:
    """Return requests a second."""
    started = time.perf_counter()
    await asyncio.gather(*(_one_of_many(side) for _ in range(_CONNECTIONS)))
    return _CONNECTIONS * _REQUESTS / (time.perf_counter() - started)


async def _one_of_many(side: Side) -> None:
    # By hand: an HTTP client in Python would take more of the processors than the proxies.
    request = f"GET {side.prefix}/small HTTP/1.1\r\nHost: 127.0.0.1:{side.port}\r\n\r\n".encode()
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", side.port)
        try:
            for _ in range(_REQUESTS):
                writer.write(request)
                await reader.readexactly(_length(await reader.readuntil(b"\r\n\r\n")))
        finally:
            writer.close()
    except (OSError, asyncio.IncompleteReadError) as problem:
        raise Broken(type(problem).__name__) from problem


def _length(head: bytes) -> int:
    first, *lines = head.decode("latin-1").split("\r\n")
    if first.split(" ")[1] != "200":
        raise Broken(first)
    headers = dict(line.lower().split(": ", 1) for line in lines if line)
    return int(headers["content-length"])


def one_more_route(doors: Mapping[str, Door], *, routes: int) -> Case:
    """Return the case of a launch: one route, until it serves.

    Parameters
    ----------
    doors
        The proxies by name.
    routes
        How many there are.
    """

    def run(side: Side) -> list[float]:
        door = doors[side.name]
        started = time.perf_counter()
        door.add([routes])
        took = time.perf_counter() - started
        door.delete([routes])
        return [took * 1000]

    return Case(name=f"one route more than {routes}", unit="ms", run=run, is_latency=True)


def open_websockets(doors: Mapping[str, Door], *, routes: int) -> Case:
    """Return the case of websockets that are open while other services' routes come and go.

    Parameters
    ----------
    doors
        The proxies by name.
    routes
        How many there are.
    """

    def run(side: Side) -> list[float]:
        door = doors[side.name]
        begun, over = threading.Event(), threading.Event()
        # A thread of their own: JupyterHub's class would hold them up as it holds up its hub.
        with ThreadPoolExecutor(1) as thread:
            talks = thread.submit(asyncio.run, _echoes(side, begun, over))
            # Also where a websocket can't be opened: its error comes with the result.
            talks.add_done_callback(lambda _: begun.set())
            begun.wait()
            try:
                for number in range(routes, routes + _CHANGES):
                    door.add([number])
                    door.delete([number])
            finally:
                over.set()
            return talks.result()

    return Case(name="echoes as routes change", unit="ms", run=run, is_latency=True)


async def _echoes(side: Side, begun: threading.Event, over: threading.Event) -> list[float]:
    """Return the milliseconds of each echo; a websocket that ends is an error."""
    took: list[float] = []

    async def talk(ws: aiohttp.ClientWebSocketResponse) -> None:
        last = False
        while not last:
            # Once more after the last change.
            last = over.is_set()
            started = time.perf_counter()
            await ws.send_bytes(b"x")
            await ws.receive_bytes(timeout=_WAIT)
            took.append((time.perf_counter() - started) * 1000)
            await asyncio.sleep(_PAUSE)

    url = f"http://127.0.0.1:{side.port}{side.prefix}/ws"
    with told():
        async with aiohttp.ClientSession() as session:
            sockets = [await session.ws_connect(url) for _ in range(_WEBSOCKETS)]
            begun.set()
            await asyncio.gather(*(talk(ws) for ws in sockets))
            for ws in sockets:
                await ws.close()
    return took
