"""The tables of the storms, and their file."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.kept import keep
from tests.cluster.progress import say
from tests.load.probe import Latency
from tests.load.side import Storm

__all__ = ["RESULT", "Measured", "report"]

RESULT = "bench-storm"
"""Under this name the figures of the last run are kept."""

BAR_WALL, BAR_CPU, BAR_WRITES = 1.0, 1.0, 4.0


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One storm of one hub.

    Parameters
    ----------
    name
        The hub.
    services
        How many were launched and stopped.
    launched, stopped
        The two halves of it.
    latency
        Of other requests during the launches.
    memory
        Bytes of the hub's process when all ran.
    listed
        Milliseconds to list everybody with their services then.
    writes
        The hub's to the API server during the launches.
    """

    name: str
    services: int
    launched: Storm
    stopped: Storm
    latency: Latency
    memory: int
    listed: float
    writes: Counter[str]

    @property
    def figures(self) -> dict[str, float]:
        """The figures, by name."""
        each = self.launched.each
        return {
            "failed launches": len(self.launched.failed),
            "launch wall s": self.launched.seconds,
            "launch p50 s": median(each),
            "launch p99 s": statistics.quantiles(each, n=100)[98],
            "stop wall s": self.stopped.seconds,
            "CPU of launch ms": self.launched.cpu / self.services * 1000,
            "CPU of stop ms": self.stopped.cpu / self.services * 1000,
            "CPU ms": (self.launched.cpu + self.stopped.cpu) / self.services * 1000,
            "API p50 ms": self.latency.p50,
            "API p99 ms": self.latency.p99,
            "memory MB": self.memory / 1e6,
            "list ms": self.listed,
            "writes": sum(self.writes.values()) / self.services,
        }

    @property
    def line(self) -> str:
        """What is said when it is over."""
        told = ", ".join(f"{name} {value:.1f}" for name, value in self.figures.items())
        return f"{self.name} {self.services}: {told}"


def report(measured: Sequence[Measured]) -> None:
    """Print the medians and their ratios; keep all figures, unless they are of one hub alone.

    Parameters
    ----------
    measured
        The storms of both hubs, in the order in which they were.
    """
    for services in sorted({each.services for each in measured}):
        rows = [each for each in measured if each.services == services]
        _show(services, rows)
    if len({each.name for each in measured}) < 2:
        return
    storms = [
        {
            "hub": each.name,
            "services": each.services,
            "figures": each.figures,
            "writes": each.writes,
        }
        for each in measured
    ]
    keep(RESULT, {"storms": storms})


def _show(services: int, rows: Sequence[Measured]) -> None:
    hubs = sorted({row.name for row in rows}, reverse=True)
    say(f"\n{f'{services} services':20}" + "".join(f"{hub:>12}" for hub in hubs) + f"{'ratio':>10}")
    for name in rows[0].figures:
        medians = [median(row.figures[name] for row in rows if row.name == hub) for hub in hubs]
        ratio = f"{medians[1] / medians[0]:10.2f}" if len(medians) == 2 and medians[0] else ""
        say(
            f"{name:20}"
            + "".join(f"{value:12.1f}" for value in medians)
            + ratio
            + _bar(name, medians)
        )
    for why, times in Counter(why for row in rows for why in row.launched.failed).most_common(3):
        say(f"{times} failed: {why}")
    for row in rows[-len(hubs) :]:
        each = ", ".join(f"{kind} {count / services:.2f}" for kind, count in row.writes.items())
        say(f"{row.name} writes for each launch: {each}")


_BARS: dict[str, Callable[[Sequence[float]], tuple[bool, str]]] = {
    "launch wall s": lambda two: (two[1] <= BAR_WALL * two[0], f"bar: {BAR_WALL} x plain"),
    "CPU ms": lambda two: (two[1] <= BAR_CPU * two[0], f"bar: {BAR_CPU} x plain"),
    "writes": lambda two: (two[1] <= BAR_WRITES, f"bar: {BAR_WRITES:g}"),
}


def _bar(name: str, medians: Sequence[float]) -> str:
    if name not in _BARS or len(medians) < 2:
        return ""
    held, bar = _BARS[name](medians)
    return f"   {bar}, {'held' if held else 'missed'}"
