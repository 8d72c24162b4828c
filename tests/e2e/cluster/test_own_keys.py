"""The hub's own keys on a real cluster: made before the first installation, kept by every other."""

from __future__ import annotations

import json

from onyxia_hub.cluster.own_keys import KEYS
from tests.cluster import site
from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite


def _keys() -> dict[str, str]:
    name = f"{site.RELEASE}-keys"
    found = json.loads(kubectl("-n", site.NAMESPACE, "get", "secret", name, "-o", "json"))
    data: dict[str, str] = found["data"]
    return data


def test_an_upgrade_keeps_the_keys(cluster: ClusterSite) -> None:
    before = _keys()

    site.install()
    cluster.wait_for_hub()

    assert set(before) == set(KEYS)
    assert _keys() == before


def test_nothing_is_left_that_may_make_secrets(cluster: ClusterSite) -> None:
    made_keys = "app.kubernetes.io/component=keys"
    kinds = "jobs,pods,serviceaccounts,roles,rolebindings"

    left = kubectl("-n", site.NAMESPACE, "get", kinds, "-l", made_keys, "-o", "name")

    assert left == ""
