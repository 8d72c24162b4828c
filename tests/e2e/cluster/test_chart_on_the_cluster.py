"""What a site may add to the chart's defaults, installed: pulled images, kept room, own files.

All of it comes with one upgrade, and goes with the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml

from tests.cluster import images, paths, site
from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person

ROOMY = "roomy-jupyter"
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"/>'
MORE_PROFILES = "more-profiles"
#: Whose first image no node of these tests has.
NOT_HERE = ("broken-image", "jupyter-pyspark")
#: Processors of the node that the placeholder leaves, and that a service asks for: too many for
#: both of them.
LEFT, WANTED = 0.5, 1


def extras(cluster: ClusterSite) -> dict[str, Any]:
    """Return the values of everything that is tried here."""
    [node] = [
        node for node in cluster.objects("nodes", "") if node["metadata"]["name"] == paths.NODE
    ]
    room = int((int(node["status"]["allocatable"]["cpu"]) - LEFT) * 1000)
    requests_of_it = {"cpu": f"{room}m", "memory": "64Mi"}
    return {
        "settings": {"pages": {"logo": "logo.svg"}},
        "profiles": {slug: {"enabled": False} for slug in NOT_HERE},
        "profilesFrom": [{"configMap": MORE_PROFILES}],
        "theme": {"files": {"logo.svg": LOGO}},
        "prePuller": {"continuous": {"enabled": True}},
        "scheduling": {
            "podPriority": {"enabled": True},
            "userPlaceholder": {"replicas": 1, "resources": {"requests": requests_of_it}},
        },
    }


def roomy_profile() -> dict[str, Any]:
    """Return a profile of the site's own: Jupyter on a whole processor."""
    made: dict[str, Any] = yaml.safe_load(
        (paths.REPOSITORY / "profiles" / "jupyter-python.yaml").read_text()
    )
    made |= {"slug": ROOMY, "display_name": "Roomy Jupyter"}
    made["images"] = [{**made["images"][0], "image": images.tag("jupyter")}]
    made["resources"]["cpu"]["request"]["default"] = WANTED
    return made


@pytest.fixture(scope="module", autouse=True)
def _extras(cluster: ClusterSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    file: Path = tmp_path_factory.mktemp("values") / "extras.yaml"
    file.write_text(yaml.safe_dump(extras(cluster)))
    config_map = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": MORE_PROFILES, "namespace": site.NAMESPACE},
        "data": {f"{ROOMY}.yaml": yaml.safe_dump(roomy_profile())},
    }
    kubectl("apply", "-f", "-", input=json.dumps(config_map))
    try:
        site.install(file)
        yield
    finally:
        site.install()
        cluster.wait_for_hub()
        kubectl("-n", site.NAMESPACE, "delete", "configmap", MORE_PROFILES)


@contextmanager
def roomy(cluster: ClusterSite, alice: Person) -> Iterator[dict[str, Any]]:
    """Have Alice's service of the site's own profile run; its pod."""
    answer = alice.launch("roomy", profile=ROOMY)
    assert answer.status_code in (201, 202), answer.text
    try:
        alice.wait_until_ready("roomy")
        pod = cluster.pod("alice", "roomy")
        assert pod is not None
        yield pod
    finally:
        alice.stop("roomy")
        alice.api("DELETE", "users/alice/servers/roomy", json={"remove": True}).raise_for_status()


def pods_of(cluster: ClusterSite, component: str) -> list[dict[str, Any]]:
    """Return the pods of a component of the release, but for those that end."""
    return [
        pod
        for pod in cluster.objects("pods", site.NAMESPACE)
        if pod["metadata"]["labels"].get("app.kubernetes.io/component") == component
        and "deletionTimestamp" not in pod["metadata"]
    ]


def test_the_release_passes_its_own_test_and_nothing_is_left_of_it(cluster: ClusterSite) -> None:
    said = site.helm("test", site.RELEASE)

    assert "Phase:          Succeeded" in said
    assert f"{site.RELEASE}-test" not in cluster.names("pods", site.NAMESPACE)


def test_the_images_of_the_catalogue_are_pulled_onto_the_node_under_restricted(
    cluster: ClusterSite,
) -> None:
    namespace = json.loads(kubectl("get", "namespace", site.NAMESPACE, "-o", "json"))
    enforced = namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]

    # Helm has waited until it is ready: each image has been run.
    [pod] = pods_of(cluster, "image-puller")

    assert enforced == "restricted"
    assert pod["spec"]["nodeName"] == paths.NODE
    pulled = {each["image"]: each["state"] for each in pod["status"]["initContainerStatuses"]}
    assert {images.tag(name) for name in ("jupyter", "mlflow")} <= set(pulled)
    # The hub's waits beside them.
    assert [each["image"] for each in pod["spec"]["containers"]] == [images.tag("hub")]
    assert {state["terminated"]["exitCode"] for state in pulled.values()} == {0}
    [waits] = pod["status"]["containerStatuses"]
    assert waits["ready"]


def test_nothing_is_pulled_for_a_profile_whose_nodes_are_not_there(cluster: ClusterSite) -> None:
    sets = cluster.objects("daemonsets", site.NAMESPACE)

    wanted = {
        item["metadata"]["name"]: item["status"]["desiredNumberScheduled"]
        for item in sets
        if "onyxia.test/planet" in item["spec"]["template"]["spec"].get("nodeSelector", {})
    }
    assert list(wanted.values()) == [0]


def test_the_logo_of_the_theme_is_on_the_pages(cluster: ClusterSite) -> None:
    answer = requests.get(f"{cluster.url}/hub/onyxia/logo", timeout=10)

    assert answer.text == LOGO
    assert answer.headers["Content-Type"] == "image/svg+xml"
    login = requests.get(f"{cluster.url}/hub/login", timeout=10)
    assert "/hub/onyxia/logo" in login.text


def test_a_profile_of_a_config_map_is_in_the_catalogue(alice: Person) -> None:
    page = alice.session.get(f"{alice.url}/hub/spawn/alice/any", timeout=30).text

    assert f'value="{ROOMY}"' in page
    assert "Roomy Jupyter" in page
    assert not [slug for slug in NOT_HERE if f'value="{slug}"' in page]


def test_a_service_takes_the_room_of_a_placeholder_until_it_ends(
    cluster: ClusterSite, alice: Person
) -> None:
    [before] = pods_of(cluster, "placeholder")
    assert before["status"]["phase"] == "Running"

    with roomy(cluster, alice) as service:
        assert service["spec"]["priority"] > before["spec"]["priority"]
        [waits] = pods_of(cluster, "placeholder")
        assert waits["metadata"]["uid"] != before["metadata"]["uid"]
        [scheduled] = [
            each for each in waits["status"]["conditions"] if each["type"] == "PodScheduled"
        ]
        assert scheduled["reason"] == "Unschedulable"

    until(
        lambda: [pod["status"]["phase"] for pod in pods_of(cluster, "placeholder")] == ["Running"],
        what="the placeholder is back",
    )
