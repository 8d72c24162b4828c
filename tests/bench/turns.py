"""Sides that are asked in turns, so that what else the machine does falls on all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bench.gateway_cases import Broken, Case, Side
from tests.cluster.progress import say

__all__ = ["Figures", "in_turns"]

Figures = Mapping[str, Sequence[Sequence[float]] | str]
"""By side: the figures of each turn, or how it failed."""


def in_turns(case: Case, sides: list[Side], rounds: int) -> Figures:
    """Ask the sides in turns and return their figures, without the first turn's.

    Parameters
    ----------
    case
        What is asked.
    sides
        Of whom.
    rounds
        How often, after the first time.
    """
    figures: dict[str, list[list[float]] | str] = {side.name: [] for side in sides}
    for turn in range(rounds + 1):
        # Who goes first changes, so that none always finds what another left in caches.
        first = turn % len(sides)
        for side in sides[first:] + sides[:first]:
            turns = figures[side.name]
            if isinstance(turns, str):
                continue
            try:
                values = case.run(side)
            except Broken as problem:
                say(f"{case.name}: {side.name} fails: {problem}")
                figures[side.name] = "fails"
                continue
            if turn:
                turns.append(values)
    return figures
