"""What operators do on an ordinary day, and what happens to them: running services live on."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cluster import paths, site
from tests.cluster.client import kubectl
from tests.cluster.trouble import ClusterTrouble
from tests.support.cluster_site import ClusterSite, until
from tests.support.documentation import HOW_TO, blocks, script
from tests.support.hub import Person
from tests.support.kernel import run_code
from tests.support.lasting_service import COUNTER, LastingService

RELEASE = f"app.kubernetes.io/instance={site.RELEASE}"
#: Seconds until a service is reached again, once hub or proxy have been started anew.
SOON = 30
KEPT = "/home/onyxia/work/kept.txt"

# As the page has them.
_PAGE = HOW_TO / "back-up.md"
BACK_UP = blocks(_PAGE, "sh", below="The database")[0].text
RESTORE = script(_PAGE, below="Restore")


@pytest.fixture(scope="module")
def service(cluster: ClusterSite, alice: Person) -> Iterator[LastingService]:
    """Alice's Jupyter, which counts all day."""
    made = LastingService.launch(cluster, alice, "day")
    yield made
    made.end()


def pod_of(cluster: ClusterSite, component: str) -> dict:
    """Return the one pod of hub or proxy."""
    [pod] = [
        pod
        for pod in cluster.objects("pods", site.NAMESPACE)
        if pod["metadata"]["labels"].get("app.kubernetes.io/component") == component
        and "deletionTimestamp" not in pod["metadata"]
    ]
    return pod


def test_an_upgrade_and_its_rollback_cut_no_connection(
    cluster: ClusterSite, service: LastingService
) -> None:
    for change in (
        lambda: site.install(culling={"check_every": 6}),
        lambda: site.helm("rollback", site.RELEASE, "--wait"),
    ):
        before = pod_of(cluster, "hub")["metadata"]["uid"]
        with service.held_connection():
            change()
            assert pod_of(cluster, "hub")["metadata"]["uid"] != before
            service.goes_on(seconds=SOON)


def test_a_hub_that_is_killed_is_started_in_place(
    cluster: ClusterSite, service: LastingService
) -> None:
    before = pod_of(cluster, "hub")
    with service.held_connection():
        cluster.kill_in_place("hub")
        cluster.wait_for_hub()
        after = pod_of(cluster, "hub")
        assert after["metadata"]["uid"] == before["metadata"]["uid"]
        service.goes_on(seconds=SOON)


@pytest.mark.parametrize("lost", ["pod", "process"])
def test_the_routes_come_back_by_themselves_when_the_proxy_is_lost(
    cluster: ClusterSite, service: LastingService, lost: str
) -> None:
    if lost == "pod":
        which = f"{RELEASE},app.kubernetes.io/component=proxy"
        how = ("--grace-period=0", "--force")
        kubectl("-n", site.NAMESPACE, "delete", "pod", f"--selector={which}", *how)
    else:
        cluster.kill_in_place("proxy")

    service.goes_on(seconds=SOON)


@contextmanager
def drained(node: str, *arguments: str) -> Iterator[None]:
    """Take a node out of use by ``kubectl drain``, and put it back."""
    usual = ("--ignore-daemonsets", "--delete-emptydir-data", "--timeout=90s")
    try:
        kubectl("drain", node, *usual, *arguments)
        yield
    finally:
        kubectl("uncordon", node)


def test_services_outlive_the_eviction_of_hub_and_proxy(
    cluster: ClusterSite, service: LastingService
) -> None:
    with drained(service.pod["spec"]["nodeName"], f"--pod-selector={RELEASE}"):
        # Nowhere to go: there is one node.
        assert pod_of(cluster, "hub")["status"]["phase"] == "Pending"
        assert service.pod["metadata"]["uid"] == service.uid
        look = ("-n", "user-alice", "exec", "onyxia-alice--day", "-c", "notebook", "--", "cat")
        counted = int(kubectl(*look, COUNTER))
        until(lambda: int(kubectl(*look, COUNTER) or 0) > counted, what="it counts", seconds=10)

    cluster.wait_for_hub()
    service.goes_on(seconds=SOON)


def test_a_drain_ends_no_service_by_accident(service: LastingService) -> None:
    with (
        pytest.raises(ClusterTrouble, match=r"declare no controller.*onyxia-alice--day"),
        drained(service.pod["spec"]["nodeName"]),
    ):
        pass

    service.goes_on(seconds=SOON)


def test_a_service_that_is_evicted_is_noticed_and_starts_again_with_its_files(
    cluster: ClusterSite, alice: Person
) -> None:
    before = cluster.vault_tokens()
    evicted = LastingService.launch(cluster, alice, "evicted")
    evicted.gets_fresh_credentials()
    evicted.run(f'pathlib.Path("{KEPT}").write_text("mine")')
    which = "hub.jupyter.org/username=alice,hub.jupyter.org/servername=evicted"
    with drained(evicted.pod["spec"]["nodeName"], "--force", f"--pod-selector={which}"):
        path = "users/alice?include_stopped_servers=true"
        until(
            lambda: alice.api("GET", path).json()["servers"]["evicted"]["stopped"],
            what="the hub notices",
        )
    until(lambda: cluster.vault_tokens() - before == set(), what="its token is revoked")
    assert "onyxia-alice--evicted-credentials" not in cluster.names("secrets", "user-alice")

    again = LastingService.launch(cluster, alice, "evicted")

    assert again.run(f'print(open("{KEPT}").read())') == "mine"
    again.end()


def shell(folder: Path, commands: str) -> None:
    """Run an operator's commands."""
    program = folder / "kubectl"
    program.write_text(f'#!/bin/sh\nexec "{paths.program("kube")}" kubectl "$@"\n')
    program.chmod(0o755)
    subprocess.run(
        ["bash", "-ec", commands],
        cwd=folder,
        env={"PATH": f"{folder}:/usr/bin:/bin", "KUBECONFIG": str(paths.kubeconfig())},
        check=True,
        timeout=300,
    )


def test_a_restored_database_knows_what_ran_before_and_sweeps_up_what_came_after_but_for_its_files(
    cluster: ClusterSite, alice: Person, service: LastingService, tmp_path: Path
) -> None:
    shell(tmp_path, BACK_UP)
    before = cluster.vault_tokens()
    assert alice.launch("later", profile="jupyter-python").status_code in (201, 202)
    write = f'open("{KEPT}", "w").write("of later")'
    run_code(alice.wait_until_ready("later"), alice.token, write)

    shell(tmp_path, RESTORE)

    service.goes_on(seconds=SOON)
    until(lambda: cluster.pod("alice", "later") is None, what="its pod is gone")
    until(lambda: cluster.vault_tokens() - before == set(), what="its token is revoked")
    assert "onyxia-alice--later-credentials" not in cluster.names("secrets", "user-alice")
    assert "later" not in alice.api("GET", "users/alice").json()["servers"]
    # A volume is deleted by its owner's choice only, and a launch of the same name finds it.
    again = LastingService.launch(cluster, alice, "later")
    assert again.run(f'print(open("{KEPT}").read())') == "of later"
    again.end()
