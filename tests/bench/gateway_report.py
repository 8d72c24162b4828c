"""The table of a comparison of gateways, and its file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, quantiles
from typing import Any

from tests.bench.figures import ratio_of_medians
from tests.bench.gateway_cases import Case
from tests.bench.kept import keep
from tests.bench.turns import Figures
from tests.cluster.progress import say

__all__ = ["DIRECT", "GATEWAY", "report"]

DIRECT = "direct"
"""The program itself."""

GATEWAY = "gateway"
"""The side that has a bar to hold."""


def report(found: Sequence[tuple[Case, Figures]], *, peaks: Mapping[str, float]) -> None:
    """Print the figures of each case and keep them.

    Parameters
    ----------
    found
        What was measured.
    peaks
        Most memory of each proxy's process, in bytes.
    """
    sides = list(found[0][1])
    say("\n" + f"{'':26}{'':6}" + "".join(f"{name:>18}" for name in sides) + "   gateway's bar")
    kept = [_row(case, figures) for case, figures in found]
    for name, peak in peaks.items():
        say(f"most memory of {name}: {peak / 1e6:.0f} MB")
    keep("bench-gateway", {"peak_bytes": dict(peaks), "cases": kept})


def _row(case: Case, figures: Figures) -> dict[str, Any]:
    """Print the row of a case and return it."""
    values = {
        name: turns if isinstance(turns, str) else [median(turn) for turn in turns]
        for name, turns in figures.items()
    }
    line, verdict, ratios = f"{case.name:26}{case.unit:>6}", "", {}
    base = values[DIRECT]
    for name, found in values.items():
        if isinstance(found, str) or isinstance(base, str):
            line += f"{found if isinstance(found, str) else '':>18}"
            continue
        middle = median(found)
        text = f"{middle:.2f}" if case.is_latency else f"{middle:.0f}"
        if name != DIRECT:
            ratio = ratio_of_medians(found, base)
            added = middle - median(base)
            ratios[name] = added if case.is_latency else ratio.value
            text += f" (+{added:.2f})" if case.is_latency else f" ({ratio.value:.0%})"
            if name == GATEWAY and case.bar is not None:
                held = added <= case.bar if case.is_latency else ratio.value >= case.bar
                bar = f"+{case.bar:g} ms" if case.is_latency else f"{case.bar:.0%}"
                verdict = f"   {bar} {'held' if held else 'missed'}"
                if not case.is_latency:
                    verdict += f" ({ratio.low:.0%} to {ratio.high:.0%})"
        line += f"{text:>18}"
    say(line + verdict)
    if case.is_latency:
        _say_tail(figures)
    return {"case": case.name, "unit": case.unit, "figures": values, "compared": ratios}


def _say_tail(figures: Figures) -> None:
    line = f"{'  of 100 requests the 99th':32}"
    for turns in figures.values():
        if isinstance(turns, str):
            line += f"{'':>18}"
        else:
            line += f"{quantiles([one for turn in turns for one in turn], n=100)[98]:>18.2f}"
    say(line)
