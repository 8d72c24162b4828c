"""The hub dies, at whatever moment; Kubernetes starts it again, and nothing is lost or left."""

from __future__ import annotations

import json
import time

import pytest

from onyxia_hub.manifests.pod import restricted_security_context
from tests.cluster import images
from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.kernel import run_code


@pytest.fixture
def clean(cluster: ClusterSite, bob: Person) -> set[str]:
    """Nothing of bob's runs; the Vault tokens that are alive without him."""
    assert cluster.names("pods", "user-bob") == []
    return cluster.vault_tokens()


def left(cluster: ClusterSite, before: set[str]) -> list[str]:
    """Return what there is of bob's services."""
    found = cluster.names("pods", "user-bob") + cluster.names("secrets", "user-bob")
    return found + sorted(cluster.vault_tokens() - before)


def test_a_service_that_runs_goes_on_and_is_found_again(
    cluster: ClusterSite, bob: Person, clean: set[str]
) -> None:
    bob.launch("through", profile="jupyter-python")
    address = bob.wait_until_ready("through")
    uid = cluster.pod("bob", "through")["metadata"]["uid"]
    # Jupyter asks the hub about a token once and remembers the answer for five minutes.
    assert run_code(address, bob.token, "print(6 * 7)").strip() == "42"

    cluster.kill_hub()
    assert run_code(address, bob.token, "print(6 * 7)").strip() == "42"
    cluster.wait_for_hub()

    servers = until(
        lambda: bob.api("GET", "users/bob").json().get("servers"), what="the hub knows its services"
    )
    assert servers["through"]["ready"]
    assert cluster.pod("bob", "through")["metadata"]["uid"] == uid
    assert run_code(address, bob.token, "print(6 * 7)").strip() == "42"
    bob.stop("through")
    until(lambda: left(cluster, clean) == [], what="nothing is left")


@pytest.mark.parametrize("moment", ["secret", "pod", "later"])
def test_a_start_that_was_under_way_is_cleaned_up(
    cluster: ClusterSite, bob: Person, clean: set[str], moment: str
) -> None:
    assert bob.launch("halfway", profile="nowhere").status_code == 202
    kind = "secrets" if moment == "secret" else "pods"
    until(lambda: cluster.names(kind, "user-bob"), what=f"its {kind}")
    if moment == "later":
        time.sleep(3)

    cluster.kill_hub()
    cluster.wait_for_hub()

    until(lambda: left(cluster, clean) == [], what="nothing is left", seconds=60)
    servers = bob.api("GET", "users/bob").json()["servers"]
    assert "halfway" not in servers or servers["halfway"]["stopped"]
    removed = bob.api("DELETE", "users/bob/servers/halfway", json={"remove": True})
    assert removed.status_code == 204


def test_a_stop_that_was_under_way_leaves_no_token(
    cluster: ClusterSite, bob: Person, clean: set[str]
) -> None:
    bob.launch("ending", profile="jupyter-python")
    bob.wait_until_ready("ending")
    assert bob.api("DELETE", "users/bob/servers/ending").status_code in (202, 204)

    cluster.kill_hub()
    cluster.wait_for_hub()

    # Either the stop had come to its end, or the service is still there to be stopped again.
    servers = bob.api("GET", "users/bob").json()["servers"]
    if servers.get("ending", {}).get("ready"):
        bob.stop("ending")
    until(lambda: left(cluster, clean) == [], what="nothing is left")


def test_a_secret_that_was_left_gives_way_to_the_next_start(
    cluster: ClusterSite, bob: Person, clean: set[str]
) -> None:
    bob.launch("again", profile="jupyter-python")
    bob.wait_until_ready("again")
    secret = cluster.secret("bob", "again")
    bob.stop("again")
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "onyxia-bob--again-credentials", "namespace": "user-bob"},
        "stringData": {"env.VAULT_TOKEN": secret["env.VAULT_TOKEN"]},
    }
    until(lambda: not cluster.names("secrets", "user-bob"), what="the Secret is gone")
    kubectl("apply", "-f", "-", input=json.dumps(manifest))

    bob.launch("again", profile="jupyter-python")
    bob.wait_until_ready("again")

    assert cluster.secret("bob", "again")["env.VAULT_TOKEN"] != secret["env.VAULT_TOKEN"]
    bob.stop("again")
    until(lambda: left(cluster, clean) == [], what="nothing is left")


def test_what_the_database_does_not_know_is_swept_up(
    cluster: ClusterSite, bob: Person, clean: set[str]
) -> None:
    """A pod and a Secret that belong to no service, as a lost database leaves them."""
    bob.launch("orphan", profile="jupyter-python")
    bob.wait_until_ready("orphan")
    pod = cluster.pod("bob", "orphan")
    secret = cluster.secret("bob", "orphan")
    bob.stop("orphan")
    labels = pod["metadata"]["labels"]
    token = secret["env.VAULT_TOKEN"]
    for kind, content in (
        ("Secret", {"stringData": {"env.VAULT_TOKEN": token}}),
        ("Pod", {"spec": lone_pod()}),
    ):
        name = "onyxia-bob--orphan" + ("-credentials" if kind == "Secret" else "")
        manifest = {
            "apiVersion": "v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": "user-bob", "labels": labels},
            **content,
        }
        kubectl("apply", "-f", "-", input=json.dumps(manifest))

    cluster.kill_hub()
    cluster.wait_for_hub()

    until(lambda: left(cluster, clean) == [], what="nothing is left", seconds=60)
    until(lambda: "Orphans of an earlier hub: 1" in cluster.hub_log(), what="the log tells")


def lone_pod() -> dict[str, object]:
    """Return a pod that does nothing."""
    return {
        "terminationGracePeriodSeconds": 0,
        "securityContext": {"runAsUser": 1000},
        "containers": [
            {
                "name": "notebook",
                "securityContext": restricted_security_context(),
                "image": images.tag("base"),
                "command": ["sleep", "600"],
                "resources": {"requests": {"cpu": "10m"}, "limits": {"memory": "64Mi"}},
            }
        ],
    }
