"""What Helm renders from each values file of these tests, as text: a change shows in it.

``python -m tests.unit.chart.golden`` writes it anew; read the difference before it is committed.
"""

import re
import shutil
from pathlib import Path

from tests.cluster.programs import PROGRAMS, build
from tests.unit.chart.conftest import HERE, Chart, read

__all__ = ["CASES", "COMMAND", "golden_file", "rendered_text"]

COMMAND = "python -m tests.unit.chart.golden"
CASES = ("minimal", "full", "single")


def golden_file(case: str) -> Path:
    """Return the file with what was rendered when it was last looked at."""
    return HERE / "golden" / f"{case}.yaml"


def rendered_text(chart: Chart, case: str) -> str:
    """Return what Helm renders, but for the catalogue, which has files and tests of its own.

    Parameters
    ----------
    chart
        The chart and Helm.
    case
        Name of a values file of these tests, without its ending.
    """
    done = chart.template(read(f"{case}.yaml"))
    assert done.returncode == 0, done.stderr
    documents = re.split(r"^---\n", done.stdout, flags=re.MULTILINE)
    kept = [text for text in documents if "templates/hub/profiles.yaml" not in text]
    return re.sub(r"(checksum/\w+: )[0-9a-f]{64}", r"\1of what it mounts", "---\n".join(kept))


if __name__ == "__main__":
    here = Chart(shutil.which("helm") or str(build(PROGRAMS["helm"])))
    for name in CASES:
        golden_file(name).parent.mkdir(exist_ok=True)
        golden_file(name).write_text(rendered_text(here, name), encoding="utf-8")
