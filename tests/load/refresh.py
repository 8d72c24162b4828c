"""Thousands of services whose credentials are renewed at once: ``make bench-refresh``.

The services are pods on KWOK's nodes, on the real API server of the test cluster; hub, identity
provider, OpenBao and SeaweedFS are real. The hub is killed and started again, for then it renews
all services within a quarter of their life. The same requests are made before, for comparison.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench.kept import keep
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble
from tests.load import kwok
from tests.load.hub import LoadHub
from tests.load.probe import Latency, Probe
from tests.load.run import run
from tests.load.side import LoadSide, names_of

RESULT = "bench-refresh"
BAR_LATENCY, BAR_MEMORY, BAR_PATCHES = 250.0, 1e9, 1.0
_CONTROL = 60.0
_PATIENCE = 900


@dataclass(frozen=True, kw_only=True)
class _Renewal:
    """All services of a hub, renewed once.

    Parameters
    ----------
    services
        How many.
    before, during
        Requests of others.
    seconds
        From the hub's start until all were renewed.
    cpu
        Seconds of the hub's process, its start included.
    memory
        Its bytes afterwards.
    listed
        Milliseconds to list everybody with their services.
    writes
        Of the hub to the API server.
    renewed
        How many renewals there were, by provider.
    """

    services: int
    before: Latency
    during: Latency
    seconds: float
    cpu: float
    memory: int
    listed: float
    writes: Counter[str]
    renewed: dict[str, float]

    @property
    def kept(self) -> dict[str, Any]:
        """For the file."""
        return {**vars(self), "before": vars(self.before), "during": vars(self.during)}


def main() -> int:
    """Measure, print the tables and keep them; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.refresh", description=__doc__)
    parser.add_argument(
        "--services", type=int, nargs="+", default=[1000], help="how many, growing (1000)"
    )
    arguments = parser.parse_args()
    return run(lambda: _measure(sorted(arguments.services)))


def _measure(sizes: list[int]) -> None:
    renewals: list[_Renewal] = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-refresh-") as root,
        kwok.nodes(1 + sizes[-1] // 400, log=Path(root) / "kwok.log"),
        LoadHub(Path(root) / "hub-and-neighbours", services=sizes[-1]) as hub,
    ):
        side, running = hub.side(), 0
        for services in sizes:
            launched = side.launch_all(beyond=running, until=services)
            running = services
            say(f"{services} services run; the last took {launched.seconds:.0f} s")
            renewals.append(_renew(hub, side, services))
            _show(renewals[-1])
            keep(RESULT, {"renewals": [one.kept for one in renewals]})


def _renew(hub: LoadHub, side: LoadSide, services: int) -> _Renewal:
    people = len(names_of(services))
    with Probe(hub.hub, people=people) as before:
        time.sleep(_CONTROL)
    began, clock = datetime.now(UTC), time.monotonic()
    hub.restart_hub()
    with Probe(hub.hub, people=people) as during:
        _wait_for_all(hub, services)
    seconds, process = time.monotonic() - clock, hub.hub.own_process()
    used = process.cpu_times()
    return _Renewal(
        services=services,
        before=before.latency,
        during=during.latency,
        seconds=seconds,
        cpu=used.user + used.system,
        memory=process.memory_info().rss,
        listed=side.milliseconds_to_list(),
        writes=side.writes(began, datetime.now(UTC)),
        renewed=hub.renewed(),
    )


def _wait_for_all(hub: LoadHub, services: int) -> None:
    end = time.monotonic() + _PATIENCE
    while min(hub.renewed().get(name, 0) for name in ("s3", "vault")) < services:
        if time.monotonic() > end:
            raise ClusterTrouble(f"Not all were renewed: {hub.renewed()}.\n{hub.hub.log[-3000:]}")
        time.sleep(2)


def _show(one: _Renewal) -> None:
    columns = "".join(f"{name:>10}" for name in ("requests", "p50 ms", "p99 ms", "max ms"))
    say(f"\n{f'{one.services} services':16}{columns}")
    for name, seen in (("before", one.before), ("while renewing", one.during)):
        say(f"{name:16}{seen.requests:>10}{seen.p50:>10.1f}{seen.p99:>10.1f}{seen.max:>10.1f}")
    patches, each = one.writes["patch secrets"] / one.services, one.cpu / one.services * 1000
    say(f"p99 while renewing: {_verdict(one.during.p99, BAR_LATENCY)} ms")
    say(f"hub's memory: {_verdict(one.memory / 1e6, BAR_MEMORY / 1e6)} MB")
    say(f"patches for each service: {_verdict(patches, BAR_PATCHES)}")
    say(f"renewed: {one.renewed} in {one.seconds:.0f} s; writes of the hub: {dict(one.writes)}")
    say(f"hub: {each:.1f} ms of CPU for each, its start included")
    say(f"everybody listed in {one.listed:.0f} ms")


def _verdict(value: float, bar: float) -> str:
    return f"{value:.5g}, {'held' if value <= bar else 'missed'}: the bar is {bar:g}"


if __name__ == "__main__":
    sys.exit(main())
