"""configurable-http-proxy beside traefik with its file provider: ``make bench-proxy``.

One program runs, which is asked directly and through each. JupyterHub's own classes set their
routes. They take turns, so what else the machine does falls on all; only their ratios mean
anything.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.bench import gateway_program
from tests.bench.gateway_cases import MIB, Side, cases
from tests.bench.kept import keep
from tests.bench.proxy_cases import (
    Costed,
    costed,
    many_connections,
    one_more_route,
    open_websockets,
)
from tests.bench.proxy_programs import chp_command
from tests.bench.proxy_report import Table
from tests.bench.proxy_servers import CHP, TRAEFIK, Door, running_chp, running_traefik
from tests.bench.serving import serving
from tests.bench.turns import in_turns
from tests.cluster.progress import say
from tests.support.ports import free_port


def main() -> int:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proxy", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each side (3)")
    parser.add_argument("--size", type=int, default=512, help="MiB of a large body (512)")
    parser.add_argument("--routes", type=int, default=1000, help="routes while requests run (1000)")
    parser.add_argument("--many", type=int, default=5000, help="routes at the end (5000)")
    parser.add_argument(
        "--added",
        type=int,
        default=1000,
        help="routes that a hub adds at its start, once (1000: traefik takes minutes)",
    )
    arguments = parser.parse_args()
    # So that a run that is ended cleans up too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        chp_command()
        with (
            tempfile.TemporaryDirectory(prefix="bench-proxy-") as folder,
            _program(Path(folder), arguments.size) as port,
            asyncio.Runner() as runner,
        ):
            table = Table()
            with _doors(runner, port, Path(folder) / "start") as doors:
                _start(table, doors, arguments.added)
            with _doors(runner, port, Path(folder) / "traffic") as doors:
                _traffic(table, doors, port, arguments)
            keep("bench-proxy", {"arguments": vars(arguments), "rows": table.rows})
    except KeyboardInterrupt:
        say("Ended before the end; nothing is left behind.")
        return 130
    return 0


@contextmanager
def _program(folder: Path, size: int) -> Iterator[int]:
    """Run the program behind the proxies."""
    file = folder / "large.tar"
    with file.open("wb") as large:
        for _ in range(size):
            large.write(os.urandom(MIB))
    port = free_port()
    # -P: modules of the program's folder have names of the standard library's.
    command = [sys.executable, "-P", gateway_program.__file__, str(port), str(file)]
    url = f"http://127.0.0.1:{port}/small"
    with serving(command, env=os.environ, url=url, log=folder / "program.log"):
        yield port


@contextmanager
def _doors(runner: asyncio.Runner, port: int, folder: Path) -> Iterator[Mapping[str, Door]]:
    """Run both proxies, without a route."""
    folder.mkdir()
    target = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        chp = stack.enter_context(running_chp(runner, target=target, folder=folder))
        traefik = stack.enter_context(running_traefik(runner, target=target, folder=folder))
        yield {CHP: chp, TRAEFIK: traefik}


def _start(table: Table, doors: Mapping[str, Door], routes: int) -> None:
    """Measure what a hub does that starts while the proxy knows nothing."""
    took, proxies, hubs = {}, {}, {}
    for name, door in doors.items():
        started, proxy, hub = time.perf_counter(), door.cpu(), time.process_time()
        door.add(range(routes))
        took[name] = [time.perf_counter() - started]
        proxies[name] = [door.cpu() - proxy]
        hubs[name] = [time.process_time() - hub]
    table.row(f"a hub adds {routes} routes", "s", took)
    table.row("  the proxy's processor", "CPU s", proxies)
    table.row("  the hub's processor", "CPU s", hubs)


def _traffic(
    table: Table, doors: Mapping[str, Door], port: int, arguments: argparse.Namespace
) -> None:
    """Measure requests, bodies and websockets, and then many routes."""
    rounds = arguments.rounds
    for door in doors.values():
        door.fill(range(arguments.routes))
    proxies = [door.side for door in doors.values()]
    sides = [Side(name="direct", port=port, prefix="", headers={}), *proxies]
    size = arguments.size * MIB
    for case in cases(size):
        if "MiB" not in case.name:
            table.add(case, in_turns(case, sides, rounds))
            continue
        body = costed(case, doors, work=size / 1e9, unit="CPU s/GB")
        _costed(table, body, sides, rounds)
    _costed(table, many_connections(doors, routes=arguments.routes), sides, rounds)
    sockets = open_websockets(doors, routes=arguments.routes)
    table.add(sockets, in_turns(sockets, proxies, rounds))
    one = one_more_route(doors, routes=arguments.routes)
    table.add(one, in_turns(one, proxies, rounds))
    for door in doors.values():
        door.fill(range(arguments.routes, arguments.many))
    table.row(
        f"memory with {arguments.many} routes",
        "MB",
        {name: [door.memory() / 1e6] for name, door in doors.items()},
    )
    _costed(table, many_connections(doors, routes=arguments.many), sides, rounds)
    last = one_more_route(doors, routes=arguments.many)
    table.add(last, in_turns(last, proxies, rounds))


def _costed(table: Table, case: Costed, sides: list[Side], rounds: int) -> None:
    table.add(case.case, in_turns(case.case, sides, rounds))
    table.row("  the proxy's processor", case.unit, case.counted())


if __name__ == "__main__":
    sys.exit(main())
