"""The file that keeps the figures of the last run."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.cluster import paths
from tests.cluster.progress import say

__all__ = ["keep", "kept"]


def keep(name: str, figures: dict[str, Any]) -> None:
    """Write the figures to ``test-results``, and say where.

    Parameters
    ----------
    name
        Of the comparison.
    figures
        What JSON can hold.
    """
    file = _file(name)
    file.parent.mkdir(exist_ok=True)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    file.write_text(json.dumps({"when": when, "cores": os.cpu_count(), **figures}, indent=1) + "\n")
    say(f"\nThe figures are in {file.relative_to(paths.REPOSITORY)}.")


def kept(name: str) -> Any:
    """Return what `keep` wrote last.

    Parameters
    ----------
    name
        Of the comparison.
    """
    return json.loads(_file(name).read_text())


def _file(name: str) -> Path:
    return paths.REPOSITORY / "test-results" / f"{name}.json"
