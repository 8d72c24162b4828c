"""A launch that can't come good: the cause in words, soon, and nothing left of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite, until
from tests.support.empty_registry import empty_registry
from tests.support.hub import Person
from tests.support.progress import told


@pytest.fixture(scope="module", autouse=True)
def _registry() -> Iterator[None]:
    with empty_registry():
        yield


def sentence_of(person: Person, service: str, answer: requests.Response) -> str:
    """Return the sentence of a launch that fails, at once or later."""
    if answer.status_code >= 400:
        return str(answer.json()["message"])
    assert answer.status_code == 202, answer.text
    last = told(person, service)[-1]
    assert last.get("failed"), last
    return str(last["message"])


def removed(cluster: ClusterSite, person: Person, service: str) -> None:
    """Delete a service whose launch failed, and see that it takes nothing of anybody's quota."""
    namespace = f"user-{person.name}"
    until(lambda: cluster.pod(person.name, service) is None, what="the pod is gone", seconds=40)
    until(
        lambda: f"service-{person.name}--{service}" not in cluster.names("pvc", namespace),
        what="the volume is gone",
    )
    assert not [name for name in cluster.names("secrets", namespace) if f"--{service}-" in name]
    deleted = person.api("DELETE", f"users/{person.name}/servers/{service}", json={"remove": True})
    assert deleted.status_code == 204, deleted.text
    [quota] = cluster.objects("resourcequota", namespace)
    assert quota["status"]["used"]["pods"] == str(len(cluster.names("pods", namespace)))
    servers = person.api("GET", f"users/{person.name}").json()["servers"]
    assert service not in servers


@pytest.mark.parametrize(
    ("service", "options", "words"),
    [
        (
            "noimage",
            {"profile": "broken-image"},
            ["The image “localhost:30500/team/missing:1” does not exist", "Correct its name"],
        ),
        (
            "badscript",
            {"profile": "jupyter-python", "init_script": "echo no luck today >&2; exit 7"},
            ["exit code 7", "Your init script failed", "no luck today"],
        ),
        (
            "noclone",
            {
                "profile": "jupyter-python",
                "git_repository": "https://10.244.0.1:1/course.git",
            },
            ["The repository could not be cloned"],
        ),
        (
            "noprogram",
            {"profile": "broken-program"},
            ["exit code 127", "no-such-program"],
        ),
        ("crashing", {"profile": "crashing"}, ["exit code 3", "the end is near"]),
        ("hungry", {"profile": "hungry"}, ["more memory than", "256 MiB"]),
        (
            "nolabel",
            {"profile": "nowhere"},
            ["label", "so Nowhere was not started"],
        ),
    ],
)
def test_the_cause_is_told_in_words(
    cluster: ClusterSite, bob: Person, service: str, *, options: dict[str, Any], words: list[str]
) -> None:
    before = cluster.vault_tokens()
    start = time.monotonic()

    sentence = sentence_of(bob, service, bob.launch(service, **options))

    assert [word for word in words if word not in sentence] == [], sentence
    # What may still come right is waited for as long as the site says, here 20 s.
    assert time.monotonic() - start < 45
    removed(cluster, bob, service)
    assert cluster.vault_tokens() - before == set()


def test_more_than_the_quota_is_refused_with_the_numbers(cluster: ClusterSite, bob: Person) -> None:
    sentence = sentence_of(
        bob, "greedy", bob.launch("greedy", profile="crashing", cpu_request="6", cpu_limit="6")
    )

    assert "guaranteed CPU: 6 cores asked for, 0 of 4 cores in use" in sentence
    removed(cluster, bob, "greedy")


def test_a_start_can_be_cancelled_and_leaves_nothing(cluster: ClusterSite, bob: Person) -> None:
    before = cluster.vault_tokens()
    assert bob.launch("cancelled", profile="nowhere").status_code == 202
    until(lambda: cluster.pod("bob", "cancelled"), what="the pod")

    assert bob.api("DELETE", "users/bob/servers/cancelled").status_code in (202, 204)

    until(lambda: cluster.pod("bob", "cancelled") is None, what="the pod is gone")
    until(lambda: not cluster.names("secrets", "user-bob"), what="the Secret is gone")
    until(lambda: cluster.vault_tokens() - before == set(), what="the token is gone")
    until(
        lambda: (
            bob.api("DELETE", "users/bob/servers/cancelled", json={"remove": True}).status_code
            == 204
        ),
        what="the service can be deleted",
    )


def test_a_pod_that_is_deleted_while_it_starts_is_no_error_500(
    cluster: ClusterSite, bob: Person
) -> None:
    assert bob.launch("deleted", profile="nowhere").status_code == 202
    until(lambda: cluster.pod("bob", "deleted"), what="the pod")
    time.sleep(1)
    kubectl("-n", "user-bob", "delete", "pod", "onyxia-bob--deleted", "--now")

    last = told(bob, "deleted")[-1]

    assert last["failed"]
    assert "was deleted in Kubernetes while it was starting" in last["message"]
    removed(cluster, bob, "deleted")


def test_many_failures_do_not_end_the_hub(cluster: ClusterSite, bob: Person) -> None:
    [before] = cluster.objects("pods", "onyxia")[:1]
    for number in range(6):
        sentence_of(bob, f"f-{number}", bob.launch(f"f-{number}", profile="broken-image"))
        removed(cluster, bob, f"f-{number}")

    assert "consecutive spawn" not in cluster.hub_log()
    assert before["metadata"]["name"] in cluster.names("pods", "onyxia")
