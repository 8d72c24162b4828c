"""The platform on a real Kubernetes, installed by Helm."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.cluster import lifecycle, site
from tests.cluster.paths import OTHER_CLUSTER
from tests.support.cluster_site import ClusterSite
from tests.support.hub import Person

#: Keeps the cluster after the tests, for the next run by hand.
_KEEP = "ONYXIA_TEST_KEEP_CLUSTER"


@pytest.fixture(scope="session")
def cluster() -> Iterator[ClusterSite]:
    """The platform, started if it does not run, and ended if it was started here."""
    ran = OTHER_CLUSTER in os.environ or lifecycle.is_running()
    _site("up")
    yield ClusterSite(site.URL)
    if not ran and _KEEP not in os.environ:
        _site("down")


def _site(command: str) -> None:
    """Start or end it as people do: what it starts is no child of the tests, and goes on alone."""
    subprocess.run([sys.executable, "-m", "tests.cluster.site", command], check=True)


@pytest.fixture(scope="session")
def alice(cluster: ClusterSite) -> Person:
    """Somebody of the groups stats and geo."""
    return cluster.person("alice")


@pytest.fixture(scope="session")
def bob(cluster: ClusterSite) -> Person:
    """Somebody of the group stats."""
    return cluster.person("bob")
