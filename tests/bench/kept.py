"""The file that keeps the figures of the last run."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import Any

from tests.cluster import paths
from tests.cluster.progress import say

__all__ = ["keep"]


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write the figures to ``test-results``, and say where.

    Parameters
    ----------
    name
        Of the comparison.
    figures
        What JSON can hold.
    """
    file = paths.REPOSITORY / "test-results" / f"{name}.json"
    file.parent.mkdir(exist_ok=True)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    file.write_text(json.dumps({"when": when, "cores": os.cpu_count(), **figures}, indent=1) + "\n")
    say(f"\nThe figures are in {file.relative_to(paths.REPOSITORY)}.")
