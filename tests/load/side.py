"""One hub under load, launched on by its REST API as a crowd of people would."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeAlias

import aiohttp

from tests.cluster.audit import writes
from tests.cluster.trouble import ClusterTrouble
from tests.support.lone_hub import LoneHub

__all__ = ["EACH", "LoadSide", "Storm", "names_of"]

#: Services of each person: a login is shared by all of them.
EACH = 10
# Requests under way at a time.
_AT_ONCE = 100
_PATIENCE = 900


def names_of(services: int) -> list[str]:
    """Return the names of the people who have so many services."""
    return [f"user{place}" for place in range(-(-services // EACH))]


@dataclass(frozen=True, kw_only=True)
class Storm:
    """Something that was done to all services at once.

    Parameters
    ----------
    seconds
        From the first request until the last service had come to its end.
    each
        Seconds of each service that came good.
    failed
        Why the others did not.
    cpu
        Seconds of CPU that the hub's process took meanwhile.
    began, ended
        When (aware); for the API server's log.
    """

    seconds: float
    each: list[float]
    failed: list[str]
    cpu: float
    began: datetime
    ended: datetime


@dataclass(frozen=True, kw_only=True)
class LoadSide:
    """A hub, and its people.

    Parameters
    ----------
    name
        For the tables.
    hub
        The hub's process.
    account
        The hub's account at the API server, as its audit log names it.
    tokens
        Of the REST API, by person.
    options
        Of each launch.
    services
        How many there are.
    """

    name: str
    hub: LoneHub
    account: str
    tokens: Mapping[str, str] = field(repr=False)
    options: Mapping[str, Any]
    services: int

    def launch_all(self, *, beyond: int = 0, until: int | None = None) -> Storm:
        """Launch services, 100 at a time, and wait until each is ready.

        Parameters
        ----------
        beyond
            So many run already.
        until
            So many run then; all if left out.
        """
        return self._storm(self._launch, range(beyond, until or self.services))

    def stop_all(self) -> Storm:
        """Stop all services, and wait until each is gone."""
        return self._storm(self._stop, range(self.services))

    def milliseconds_to_list(self) -> float:
        """Return the milliseconds in which an administrator gets everybody with their services."""
        began, offset, found = time.perf_counter(), 0, 0
        while offset < len(self.tokens):
            # As JupyterHub's admin page asks, but for more at a time: 200 is the most it gives.
            answer = self.hub.api("GET", f"users?state=active&offset={offset}&limit=200")
            answer.raise_for_status()
            found += sum(len(person["servers"]) for person in answer.json())
            offset += 200
        if not found:
            raise ClusterTrouble(f"{self.name}: nobody has a service")
        return (time.perf_counter() - began) * 1000

    def writes(self, began: datetime, ended: datetime) -> Counter[str]:
        """Count what the hub wrote to the API server between two moments (aware)."""
        return Counter(write.what for write in writes(self.account) if began <= write.when <= ended)

    def _storm(self, one: _Deed, numbers: range) -> Storm:
        process = self.hub.own_process()
        before, began, clock = process.cpu_times(), datetime.now(UTC), time.perf_counter()
        each = asyncio.run(self._for_all(one, numbers))
        seconds, after = time.perf_counter() - clock, process.cpu_times()
        return Storm(
            seconds=seconds,
            each=[seconds for seconds in each if isinstance(seconds, float)],
            failed=[why for why in each if isinstance(why, str)],
            cpu=after.user + after.system - before.user - before.system,
            began=began,
            ended=datetime.now(UTC),
        )

    async def _for_all(self, one: _Deed, numbers: range) -> list[float | str]:
        room = asyncio.Semaphore(_AT_ONCE)
        timeout = aiohttp.ClientTimeout(total=_PATIENCE)

        async def timed(client: _Client, user: str, server: str) -> float | str:
            async with room:
                began = time.perf_counter()
                try:
                    await one(client, user, server)
                except _Failed as failure:
                    return str(failure)
                return time.perf_counter() - began

        connector = aiohttp.TCPConnector(limit=_AT_ONCE)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            client = _Client(session, f"http://127.0.0.1:{self.hub.port}", self.tokens)
            return await asyncio.gather(*(timed(client, *place) for place in _places(numbers)))

    async def _launch(self, client: _Client, user: str, server: str) -> None:
        path = f"users/{user}/servers/{server}"
        async with client.call("POST", user, path, json={"user_options": self.options}) as answer:
            if answer.status not in {201, 202}:
                raise _Failed(f"{answer.status} {await answer.text()}")
            if answer.status == 201:
                return
        # As the page does: the hub tells by itself when it is ready.
        async with client.call("GET", user, f"{path}/progress") as events:
            async for line in events.content:
                if line.startswith(b"data:"):
                    told = json.loads(line[5:])
                    if told.get("failed"):
                        raise _Failed(told["message"])
                    if told.get("ready"):
                        return
        raise _Failed("its progress ended too early")

    async def _stop(self, client: _Client, user: str, server: str) -> None:
        async with client.call("DELETE", user, f"users/{user}/servers/{server}") as answer:
            # Of one that was never started there is nothing to stop.
            if answer.status in {204, 404}:
                return
            answer.raise_for_status()
        while True:
            async with client.call("GET", user, f"users/{user}") as answer:
                if server not in (await answer.json())["servers"]:
                    return
            await asyncio.sleep(0.5)


def _places(numbers: range) -> Iterator[tuple[str, str]]:
    for number in numbers:
        yield f"user{number // EACH}", f"s{number % EACH}"


class _Failed(Exception):
    """A launch that did not come good."""


class _Client:
    """Asks for somebody."""

    def __init__(self, session: aiohttp.ClientSession, url: str, tokens: Mapping[str, str]) -> None:
        self._session = session
        self._url = url
        self._tokens = tokens

    def call(self, method: str, user: str, path: str, **more: Any) -> Any:
        headers = {"Authorization": f"token {self._tokens[user]}"}
        return self._session.request(method, f"{self._url}/hub/api/{path}", headers=headers, **more)


_Deed: TypeAlias = Callable[[_Client, str, str], Awaitable[None]]
