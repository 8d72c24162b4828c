"""Users' namespaces that stand with less Pod Security than the site wants are mended at a launch.

An upgrade leaves such namespaces, and so does a hand. The admission policy lets the hub bind
nothing in them, its own role included, until they have the label.
"""

import json

from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite
from tests.support.hub import Person

ENFORCE = "pod-security.kubernetes.io/enforce"
SERVICE = "laxer"


def launch_and_end(person: Person) -> None:
    """See that a launch comes good, and leave nothing of it but the namespace."""
    answer = person.launch(SERVICE, profile="jupyter-python")
    assert answer.status_code in (201, 202), answer.text
    person.wait_until_ready(SERVICE)
    person.stop(SERVICE)
    path = f"users/{person.name}/servers/{SERVICE}"
    person.api("DELETE", path, json={"remove": True}).raise_for_status()


def level_of(person: Person) -> str | None:
    """Return what Pod Security enforces in somebody's namespace."""
    text = kubectl("get", "namespace", f"user-{person.name}", "-o", "json")
    level: str | None = json.loads(text)["metadata"]["labels"].get(ENFORCE)
    return level


def test_a_hub_that_starts_mends_what_an_upgrade_or_a_hand_left_laxer(
    cluster: ClusterSite, alice: Person, bob: Person
) -> None:
    for person in (alice, bob):
        launch_and_end(person)
    kubectl("label", "namespace", "user-alice", f"{ENFORCE}=baseline", "--overwrite")
    kubectl("label", "namespace", "user-bob", f"{ENFORCE}-")
    assert (level_of(alice), level_of(bob)) == ("baseline", None)
    # Until then it remembers that all was well there.
    cluster.kill_hub()
    cluster.wait_for_hub()

    for person in (alice, bob):
        launch_and_end(person)

    assert (level_of(alice), level_of(bob)) == ("restricted", "restricted")
