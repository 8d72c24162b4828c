"""Helm, and what it renders from the chart."""

import copy
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.cluster.programs import PROGRAMS, build

CHART = Path(__file__).parents[3] / "helm" / "onyxia-hub"
HERE = Path(__file__).parent
# A Helm that is built with `go install` knows no Kubernetes version.
KUBERNETES = "1.34.0"


@dataclass(frozen=True)
class Chart:
    """The chart, and the Helm program to work on it.

    Parameters
    ----------
    helm
        Path of Helm.
    """

    helm: str
    folder: Path = CHART

    def run(self, *arguments, values=None):
        """Run Helm; values are given as a file would be."""
        words = [self.helm, *map(str, arguments)]
        given = None if values is None else json.dumps(values, ensure_ascii=False)
        if values is not None:
            words += ["--values", "-"]
        return subprocess.run(words, input=given, capture_output=True, text=True, check=False)

    def render(self, values, *, release="onyxia", namespace="onyxia"):
        """Return every object that an installation with these values would make."""
        done = self.template(values, release=release, namespace=namespace)
        assert done.returncode == 0, done.stderr
        return [item for item in yaml.safe_load_all(done.stdout) if item is not None]

    def refusal(self, values, *, namespace="onyxia"):
        """Return what Helm says against these values."""
        done = self.template(values, namespace=namespace)
        assert done.returncode != 0, "Helm rendered it all the same"
        return done.stderr

    def template(self, values, *, release="onyxia", namespace="onyxia", more=()):
        where = ["--namespace", namespace, "--kube-version", KUBERNETES, *more]
        return self.run("template", release, self.folder, *where, values=values)


@pytest.fixture(scope="session")
def chart():
    return Chart(shutil.which("helm") or str(build(PROGRAMS["helm"])))


def read(name):
    """Return a values file of these tests."""
    return yaml.safe_load((HERE / name).read_text())


@pytest.fixture
def minimal():
    return read("minimal.yaml")


@pytest.fixture
def full():
    return read("full.yaml")


@pytest.fixture
def single():
    return read("single.yaml")


@pytest.fixture
def generated(minimal):
    """The chart makes the hub's own keys."""
    del minimal["existingSecret"]
    minimal["siteSecret"] = "onyxia-site"
    return minimal


@pytest.fixture(params=["minimal", "full", "single", "generated"])
def values(request):
    return copy.deepcopy(request.getfixturevalue(request.param))


@pytest.fixture
def objects(chart, values):
    return chart.render(values)
