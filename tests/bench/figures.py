"""From the seconds of launches to the figure that is asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

__all__ = ["BAR", "BAR_WRITES", "Ratio", "ratio_of_medians"]

BAR = 1.05
"""How much longer a launch may take than a plain hub's."""

BAR_WRITES = 4
"""How often a launch may write to the API server, in a namespace that is there."""

_SAMPLES = 10_000


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """Ratio of two medians, and how far chance may have moved it.

    Parameters
    ----------
    value
        The ratio.
    low, high
        Between them it lies in 95 of 100 samples drawn anew from the same launches.
    """

    value: float
    low: float
    high: float


def ratio_of_medians(ours: Sequence[float], theirs: Sequence[float]) -> Ratio:
    """Return the ratio of the medians with its bootstrap interval (Efron's percentile method).

    Parameters
    ----------
    ours, theirs
        Seconds of each launch.
    """
    # Seeded, so that the same launches always give the same figure.
    draw = random.Random(1)
    samples = sorted(
        median(draw.choices(ours, k=len(ours))) / median(draw.choices(theirs, k=len(theirs)))
        for _ in range(_SAMPLES)
    )
    return Ratio(
        value=median(ours) / median(theirs),
        low=samples[int(_SAMPLES * 0.025)],
        high=samples[int(_SAMPLES * 0.975) - 1],
    )
