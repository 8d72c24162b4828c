"""The proxies that are compared, each with JupyterHub's own class that sets its routes."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psutil
import requests
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub_traefik_proxy.fileprovider import TraefikFileProviderProxy

from onyxia_hub.demo.parts.traefik import API_ENTRYPOINT, ENTRYPOINT, Traefik
from onyxia_hub.traefik_password import quick_hash
from tests.bench.gateway_cases import Broken, Side
from tests.bench.proxy_programs import chp_command
from tests.bench.serving import serving
from tests.support.ports import free_port

__all__ = ["CHP", "TRAEFIK", "Door", "running_chp", "running_traefik"]

CHP, TRAEFIK = "chp", "traefik"

_SERVES_WITHIN = 60.0  # seconds
_LENGTHS = 20


class _Routes(Protocol):
    """What is used of JupyterHub's class."""

    async def add_route(self, routespec: str, target: str, data: dict[str, str]) -> None: ...
    async def delete_route(self, routespec: str) -> None: ...


class _ManyInOneFile(TraefikFileProviderProxy):  # type: ignore[misc]
    async def fill(self, specs: Sequence[str], target: str) -> None:
        """Write many routes at once, which JupyterHub never does: one by one takes hours."""
        all_of_them: dict[str, Any] = {"http": {"routers": {}, "services": {}}}
        hub: dict[str, Any] = {"routes": {}}
        for spec in specs:
            traefik, known = self._dynamic_config_for_route(spec, target, {})
            for kind, entries in traefik["http"].items():
                all_of_them["http"][kind].update(entries)
            hub["routes"].update(known["routes"])
        await self._apply_dynamic_config(all_of_them, hub)


@dataclass(frozen=True, kw_only=True)
class Door:
    """A proxy that runs.

    Parameters
    ----------
    name
        For the table.
    port
        Where it serves.
    target
        URL of the program behind all routes.
    process
        Its process.
    routes
        JupyterHub's class for it.
    runner
        The event loop that the class lives in.
    """

    name: str
    port: int
    target: str
    process: psutil.Process
    routes: _Routes
    runner: asyncio.Runner = field(repr=False)

    @property
    def side(self) -> Side:
        """The way to the program through a route whose name is neither short nor long."""
        prefix = _spec(_LENGTHS // 2).rstrip("/")
        return Side(name=self.name, port=self.port, prefix=prefix, headers={})

    def cpu(self) -> float:
        """Return the processor's seconds that the proxy has taken."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> float:
        """Return its resident bytes."""
        return float(self.process.memory_info().rss)

    def add(self, numbers: Sequence[int]) -> None:
        """Add routes as a hub does that starts, all asked for at once, until the last serves."""
        self.runner.run(self._add(numbers))
        self._until_served(numbers[-1])

    def delete(self, numbers: Sequence[int]) -> None:
        """Delete routes."""
        self.runner.run(self._delete(numbers))

    def fill(self, numbers: Sequence[int]) -> None:
        """Add routes in the quickest way there is."""
        if isinstance(self.routes, _ManyInOneFile):
            self.runner.run(self.routes.fill([_spec(each) for each in numbers], self.target))
            self._until_served(numbers[-1])
        else:
            self.add(numbers)

    async def _add(self, numbers: Sequence[int]) -> None:
        added = (
            self.routes.add_route(_spec(each), self.target, {"user": f"user-{each}"})
            for each in numbers
        )
        await asyncio.gather(*added)

    async def _delete(self, numbers: Sequence[int]) -> None:
        await asyncio.gather(*(self.routes.delete_route(_spec(each)) for each in numbers))

    def _until_served(self, number: int) -> None:
        end = time.monotonic() + _SERVES_WITHIN
        url = f"http://127.0.0.1:{self.port}{_spec(number)}small"
        while not requests.get(url, timeout=10).ok:
            if time.monotonic() > end:
                raise Broken(f"route {number} does not serve")
            time.sleep(0.002)


def _spec(number: int) -> str:
    # Names are of many lengths, as people's are: traefik tries its rules one after the other, the
    # longest first.
    user = "u" * (1 + number % _LENGTHS)
    return f"/user/{user}-{number:05}/service/"


@contextmanager
def running_chp(runner: asyncio.Runner, *, target: str, folder: Path) -> Iterator[Door]:
    """Run configurable-http-proxy as the chart's deployment does.

    Parameters
    ----------
    runner
        The event loop of JupyterHub's class.
    target
        URL of the program behind all routes.
    folder
        For its files.

    Yields
    ------
    Door
        The proxy.
    """
    port, api, token = free_port(), free_port(), secrets.token_hex(32)
    options = {"ip": "127.0.0.1", "port": port, "api-ip": "127.0.0.1", "api-port": api}
    command = [*chp_command(), *(f"--{key}={value}" for key, value in options.items())]
    env = {**os.environ, "CONFIGPROXY_AUTH_TOKEN": token}
    url = f"http://127.0.0.1:{port}"
    with serving(command, env=env, url=f"{url}/_chp_healthz", log=folder / "chp.log") as process:
        routes = ConfigurableHTTPProxy(
            should_start=False,
            public_url=url,
            api_url=f"http://127.0.0.1:{api}",
            auth_token=token,
            log=logging.getLogger(CHP),
        )
        yield Door(
            name=CHP, port=port, target=target, process=process, routes=routes, runner=runner
        )


@contextmanager
def running_traefik(runner: asyncio.Runner, *, target: str, folder: Path) -> Iterator[Door]:
    """Run traefik with its file provider, as the embedded default does.

    Parameters
    ----------
    runner
        The event loop of JupyterHub's class.
    target
        URL of the program behind all routes.
    folder
        For its files.

    Yields
    ------
    Door
        The proxy.
    """
    port, password = free_port(), secrets.token_hex(32)
    traefik = Traefik(
        folder=folder / "traefik",
        public_url=f"http://127.0.0.1:{port}",
        api_port=free_port(),
        identity_port=free_port(),
        identity_path="/auth",
    )
    traefik.write()
    log = folder / "traefik.log"
    part = traefik.part(log=log)
    with serving(part.command, env=part.env, url=f"{traefik.api_url}/ping", log=log) as process:
        runner.run(part.ready())
        routes = runner.run(_file_proxy(traefik, password))
        yield Door(
            name=TRAEFIK, port=port, target=target, process=process, routes=routes, runner=runner
        )


async def _file_proxy(traefik: Traefik, password: str) -> _ManyInOneFile:
    # The class begins with a task, so it needs the loop that runs.
    return _ManyInOneFile(
        should_start=False,
        public_url=traefik.public_url,
        traefik_api_url=traefik.api_url,
        traefik_api_username="hub",
        traefik_api_password=password,
        traefik_api_hashed_password=quick_hash(password),
        traefik_entrypoint=ENTRYPOINT,
        traefik_api_entrypoint=API_ENTRYPOINT,
        dynamic_config_file=str(traefik.hub_rules_file),
        log=logging.getLogger(TRAEFIK),
    )
