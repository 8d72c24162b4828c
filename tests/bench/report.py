"""The table of a comparison, and its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median

from tests.bench.api_log import Writes, writes_of
from tests.bench.figures import BAR, BAR_WRITES, Ratio, ratio_of_medians
from tests.bench.kept import keep
from tests.bench.side import Launch, Side
from tests.cluster.progress import say

__all__ = ["Case", "report"]


@dataclass(frozen=True)
class Case:
    """Launches under the same circumstances.

    Parameters
    ----------
    name
        The circumstances.
    plain, onyxia
        Launches of each hub.
    """

    name: str
    plain: Sequence[Launch]
    onyxia: Sequence[Launch]


def report(cases: Sequence[Case], *, plain: Side, onyxia: Side) -> None:
    """Print the figures of each case and keep them.

    Parameters
    ----------
    cases
        What was measured.
    plain, onyxia
        The two hubs.
    """
    kept = []
    for case in cases:
        rows = [(plain, case.plain), (onyxia, case.onyxia)]
        writes = {side.name: writes_of(side, launches) for side, launches in rows}
        seconds = {side.name: [launch.seconds for launch in launches] for side, launches in rows}
        ratio = ratio_of_medians(seconds[onyxia.name], seconds[plain.name])
        _show(case.name, seconds=seconds, writes=writes, ratio=ratio, ours=onyxia.name)
        kept.append(
            {
                "case": case.name,
                "ratio": asdict(ratio),
                "held": ratio.value <= BAR,
                "hubs": {
                    name: {
                        "seconds": seconds[name],
                        "median": median(seconds[name]),
                        "writes": asdict(found) if found else None,
                    }
                    for name, found in writes.items()
                },
            }
        )
    keep("bench-launch", {"bar": BAR, "cases": kept})


def _show(
    case: str,
    *,
    seconds: dict[str, list[float]],
    writes: dict[str, Writes | None],
    ratio: Ratio,
    ours: str,
) -> None:
    say(f"\n{case:20}{'median':>8}{'min':>8}{'max':>8}{'to the pod':>12}{'writes':>8}")
    for name, took in seconds.items():
        found = writes[name]
        tail = f"{found.to_pod:12.2f}{found.each:8.1f}" if found else f"{'-':>12}{'-':>8}"
        say(f"{name:20}{median(took):8.2f}{min(took):8.2f}{max(took):8.2f}{tail}")
    verdict = "held" if ratio.value <= BAR else "missed"
    if ratio.low <= BAR < ratio.high:
        verdict += ", but chance may decide: more rounds tell"
    say(
        f"ratio of the medians {ratio.value:.2f} (95 %: {ratio.low:.2f} to {ratio.high:.2f}); "
        f"the bar of {BAR} is {verdict}"
    )
    for name, found in writes.items():
        if found:
            what = ", ".join(f"{kind} {count:g}" for kind, count in found.what.items())
            say(f"{name} writes: {what}")
    if found := writes[ours]:
        verdict = "held" if found.each <= BAR_WRITES else "missed"
        say(f"the bar of {BAR_WRITES} writes is {verdict}")
