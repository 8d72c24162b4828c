"""The table of a comparison of proxies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median, quantiles
from typing import Any

from tests.bench.figures import ratio_of_medians
from tests.bench.gateway_cases import Case
from tests.bench.proxy_servers import CHP, TRAEFIK
from tests.bench.turns import Figures
from tests.cluster.progress import say

__all__ = ["Table"]

_DIRECT = "direct"


class Table:
    """Prints each row as soon as it is known, and keeps all."""

    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        columns = "".join(f"{name:>12}" for name in (_DIRECT, CHP, TRAEFIK))
        say(f"\n{'':30}{'':>12}{columns}   {CHP} to {TRAEFIK}")

    def add(self, case: Case, figures: Figures) -> None:
        """Add a case: the median of each side's turns; of a latency, the 99th of 100 too.

        Parameters
        ----------
        case
            What was asked.
        figures
            What was found.
        """
        turns = {
            name: [] if isinstance(found, str) else [median(turn) for turn in found]
            for name, found in figures.items()
        }
        self.row(case.name, case.unit, turns)
        if case.is_latency:
            tails = {
                name: [] if isinstance(found, str) else [_ninety_ninth(turn) for turn in found]
                for name, found in figures.items()
            }
            if any(len(turn) > 1 for found in figures.values() for turn in found):
                self.row("  the 99th of 100", case.unit, tails)

    def row(self, name: str, unit: str, turns: dict[str, Sequence[float]]) -> None:
        """Add a row.

        Parameters
        ----------
        name, unit
            What it is of.
        turns
            By side, the figure of each turn; none of a side that failed.
        """
        line = f"{name:30}{unit:>12}"
        for side in (_DIRECT, CHP, TRAEFIK):
            found = turns.get(side)
            text = "" if found is None else f"{median(found):.4g}" if found else "fails"
            line += f"{text:>12}"
        ratio = None
        # A quick case may take less of a processor than the kernel counts.
        if (ours := turns.get(CHP)) and (theirs := turns.get(TRAEFIK)) and min(theirs) > 0:
            ratio = ratio_of_medians(ours, theirs)
            line += f"   {ratio.value:.3g}"
            if len(ours) > 1:
                line += f" ({ratio.low:.3g} to {ratio.high:.3g})"
        say(line)
        kept = asdict(ratio) if ratio else None
        self.rows.append({"row": name, "unit": unit, "turns": turns, "chp_to_traefik": kept})


def _ninety_ninth(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98] if len(values) > 1 else values[0]
