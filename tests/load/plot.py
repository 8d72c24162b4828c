"""The plot in docs/performance.md, drawn from the figures of the last runs."""

from __future__ import annotations

from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from tests.bench.kept import kept
from tests.cluster import paths
from tests.load import refresh, report

_PICTURE = paths.REPOSITORY / "docs" / "images" / "performance.svg"
# Told apart without colour, too.
_COLOURS = {"plain": "#9aa5b1", "onyxia": "#1f6f8b"}
_NAMES = {"plain": "JupyterHub and KubeSpawner", "onyxia": "Onyxia Hub, credentials included"}


def main() -> None:
    """Draw it."""
    mpl.rcParams.update({"svg.hashsalt": "onyxia-hub", "font.size": 9})
    storms = kept(report.RESULT)["storms"]
    renewals = kept(refresh.RESULT)["renewals"]
    figure, (wall, cpu, latency) = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    _bars(
        wall, storms, "launch wall s", title="Storm of launches", unit="seconds until all are ready"
    )
    _bars(cpu, storms, "CPU ms", title="Hub's CPU, launch and stop", unit="ms for each service")
    _latency(latency, renewals)
    handles, labels = wall.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, frameon=False)
    figure.savefig(_PICTURE, metadata={"Date": None})


def _bars(axes: Axes, storms: list[dict[str, Any]], figure: str, *, title: str, unit: str) -> None:
    sizes = sorted({storm["services"] for storm in storms})
    for place, hub in enumerate(_NAMES):
        values = [
            median(
                storm["figures"][figure]
                for storm in storms
                if storm["hub"] == hub and storm["services"] == size
            )
            for size in sizes
        ]
        left = [position + 0.4 * (place - 0.5) for position in range(len(sizes))]
        drawn = axes.bar(left, values, width=0.36, color=_COLOURS[hub], label=_NAMES[hub])
        axes.bar_label(drawn, fmt="%.3g", padding=2)
    axes.set_xticks(range(len(sizes)), [f"{size} services" for size in sizes])
    _finish(axes, title=title, unit=unit)


def _latency(axes: Axes, renewals: list[dict[str, Any]]) -> None:
    sizes = [one["services"] for one in renewals]
    for name, label in (("before", "just after the launches"), ("during", "while all are renewed")):
        values = [one[name]["p99"] for one in renewals]
        style = "o--" if name == "before" else "o-"
        axes.plot(sizes, values, style, color=_COLOURS["onyxia"], label=label)
    axes.axhline(refresh.BAR_LATENCY, color="#b3261e", linewidth=1, label="bar")
    axes.legend(frameon=False)
    axes.set_xlabel("running services")
    _finish(axes, title="REST API, 99th of 100 requests", unit="ms")


def _finish(axes: Axes, *, title: str, unit: str) -> None:
    axes.set_title(title, loc="left")
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(y=0.15)


if __name__ == "__main__":
    main()
