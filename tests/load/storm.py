"""Storms of launches beside plain JupyterHub and KubeSpawner: ``make bench-storm``.

The services are pods on KWOK's nodes, on the real API server of the test cluster. Both hubs are
processes of this machine with an empty SQLite database and no proxy; Onyxia Hub gets S3 keys and a
Vault token for each launch from real neighbours, which share the machine's cores. The two take
turns, so what else the machine does falls on both.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tests.cluster.progress import say
from tests.load import kwok
from tests.load.hub import LoadHub
from tests.load.plain import plain_hub
from tests.load.probe import Probe
from tests.load.report import Measured, report
from tests.load.run import run
from tests.load.side import LoadSide, names_of

_SIZES = (200, 1000)


def main() -> int:
    """Measure, print the table and keep it; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.storm", description=__doc__)
    parser.add_argument("--services", type=int, nargs="+", default=_SIZES, help="how many")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each hub (3)")
    parser.add_argument("--only", choices=("plain", "onyxia"), help="one hub alone, to profile it")
    arguments = parser.parse_args()
    return run(lambda: report(_measure(arguments.services, arguments.rounds, only=arguments.only)))


def _measure(sizes: list[int], rounds: int, *, only: str | None) -> list[Measured]:
    measured = []
    with tempfile.TemporaryDirectory(prefix="bench-storm-") as folder:
        root = Path(folder)
        with kwok.nodes(1 + max(sizes) // 400, log=root / "kwok.log"):
            for services in sizes:
                for turn in range(rounds):
                    for name in ("plain", "onyxia") if turn % 2 else ("onyxia", "plain"):
                        if only not in (None, name):
                            continue
                        place = root / f"{name}-{services}-{turn}"
                        place.mkdir()
                        with _SIDES[name](place, services) as side:
                            measured.append(_storm(side))
    return measured


@contextmanager
def _onyxia(folder: Path, services: int) -> Iterator[LoadSide]:
    with LoadHub(folder / "hub-and-neighbours", services=services) as hub:
        yield hub.side()


@contextmanager
def _plain(folder: Path, services: int) -> Iterator[LoadSide]:
    with plain_hub(folder, services=services) as side:
        yield side


_SIDES: dict[str, Callable[[Path, int], AbstractContextManager[LoadSide]]] = {
    "onyxia": _onyxia,
    "plain": _plain,
}


def _storm(side: LoadSide) -> Measured:
    """Launch all services of a hub, look at them, and stop them."""
    with Probe(side.hub, people=len(names_of(side.services))) as probe:
        launched = side.launch_all()
    memory = side.hub.own_process().memory_info().rss
    listed = side.milliseconds_to_list()
    stopped = side.stop_all()
    measured = Measured(
        name=side.name,
        services=side.services,
        launched=launched,
        stopped=stopped,
        latency=probe.latency,
        memory=memory,
        listed=listed,
        writes=side.writes(launched.began, launched.ended),
    )
    say(measured.line)
    return measured


if __name__ == "__main__":
    sys.exit(main())
