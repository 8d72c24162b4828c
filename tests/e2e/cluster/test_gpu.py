"""A GPU: placed where there is one, and told in words when none is free.

The node advertises one device of the kind nvidia.com/gpu; it is a stand-in, there is no GPU here.
"""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.progress import told

GPU = "jupyter-pytorch-gpu"


@pytest.fixture(scope="module")
def holder(alice: Person) -> str:
    """Alice's service that has the only GPU."""
    assert alice.launch("deep", profile=GPU).status_code in (201, 202)
    yield alice.wait_until_ready("deep")
    alice.api("DELETE", "users/alice/servers/deep", json={"remove": True})


def test_it_runs_where_there_is_one(cluster: ClusterSite, holder: str) -> None:
    pod = cluster.pod("alice", "deep")

    container = pod["spec"]["containers"][0]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert pod["spec"]["nodeName"] == "node1"
    shm = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "onyxia-shm"]
    assert shm[0]["emptyDir"]["medium"] == "Memory"
    [mount] = [m for m in container["volumeMounts"] if m["mountPath"] == "/dev/shm"]
    assert mount["name"] == "onyxia-shm"


def test_with_none_free_the_progress_says_so_and_then_the_refusal(
    cluster: ClusterSite, bob: Person, holder: str
) -> None:
    answer = bob.launch("waits", profile=GPU)
    assert answer.status_code == 202, answer.text

    events = told(bob, "waits")

    messages = [event["message"] for event in events]
    assert any("No GPU is free (0 of 1)" in message for message in messages[:-1]), messages
    assert "No GPU is free (0 of 1)" in messages[-1]
    assert "within 15 seconds" in messages[-1]
    assert events[-1]["failed"]
    until(lambda: cluster.pod("bob", "waits") is None, what="the pod is gone")
    deleted = bob.api("DELETE", "users/bob/servers/waits", json={"remove": True})
    assert deleted.status_code == 204


def test_with_none_free_the_page_says_so(cluster: ClusterSite, page: Page, holder: str) -> None:
    log_in_at_keycloak(page, cluster.url, "bob")
    page.goto(f"{cluster.url}/hub/spawn/bob/gpu")
    # The catalogue's own name of the profile.
    page.locator(f'input[name="profile"][value="{GPU}"]').check(force=True)
    page.locator(f'section[data-onyxia-options="{GPU}"] [data-onyxia-submit]').click()

    page.wait_for_url(re.compile("/hub/spawn-pending/bob/gpu"))
    expect(page.get_by_text("No GPU is free (0 of 1)").first).to_be_visible(timeout=15_000)
    picture(page, "cluster-4-no-gpu")
    expect(page.get_by_text("Stop a service of yours that has a GPU").first).to_be_visible(
        timeout=40_000
    )
    picture(page, "cluster-5-no-gpu-given-up")


def test_it_starts_as_soon_as_a_gpu_is_given_back(
    cluster: ClusterSite, alice: Person, bob: Person, holder: str
) -> None:
    assert bob.launch("lucky", profile=GPU).status_code == 202
    until(lambda: cluster.pod("bob", "lucky"), what="the pod")

    alice.stop("deep")

    bob.wait_until_ready("lucky")
    bob.stop("lucky")
    bob.api("DELETE", "users/bob/servers/lucky", json={"remove": True})
