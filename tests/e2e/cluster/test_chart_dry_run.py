"""The rendered chart, as the API server judges it: a dry run without an error or a warning."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.cluster import paths
from tests.cluster.client import kubectl
from tests.support.cluster_site import ClusterSite

NAMESPACE = "chart-test"
SERVICES = "chart-test-services"
CHART = paths.REPOSITORY / "helm" / "onyxia-hub"
VALUES = paths.REPOSITORY / "tests" / "unit" / "chart"
SINGLE = {"settings": {"kubernetes": {"namespaces": "single", "namespace": SERVICES}}}
#: The values that are tried, by name, and what is changed in them: a port that is free.
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "minimal": ("minimal.yaml", {}),
    "full": ("full.yaml", {"service": {"nodePort": 30099}}),
    "single": ("minimal.yaml", SINGLE),
}
#: What a cluster knows only with the operators that define it.
FOREIGN = {"HTTPRoute", "ServiceMonitor"}


@pytest.fixture(scope="module", autouse=True)
def _namespaces(cluster: ClusterSite) -> Iterator[None]:
    """Namespaces that take, and warn of, nothing but what is restricted."""
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    try:
        for name in (NAMESPACE, SERVICES):
            metadata = {"name": name, "labels": labels}
            manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
            kubectl("apply", "-f", "-", input=json.dumps(manifest))
        yield
    finally:
        names = (NAMESPACE, SERVICES)
        kubectl("delete", "namespace", *names, "--ignore-not-found", "--wait=false")


def rendered(case: str) -> list[dict[str, Any]]:
    """Return the objects of an installation."""
    file, changes = CASES[case]
    version = json.loads(kubectl("version", "-o", "json"))["serverVersion"]["gitVersion"]
    done = subprocess.run(
        [
            *(str(paths.program("helm")), "template", "onyxia", str(CHART)),
            *("--namespace", NAMESPACE, "--kube-version", version),
            *("--values", str(VALUES / file), "--values", "-"),
        ],
        input=json.dumps(changes),
        capture_output=True,
        text=True,
        check=True,
    )
    return [item for item in yaml.safe_load_all(done.stdout) if item is not None]


def dry_run(
    objects: list[dict[str, Any]], namespace: str = NAMESPACE
) -> subprocess.CompletedProcess[str]:
    """Have the API server judge objects of one namespace, or of none."""
    return subprocess.run(
        [
            *(str(paths.program("kube")), "kubectl", "--kubeconfig", str(paths.kubeconfig())),
            *("--namespace", namespace, "apply", "--dry-run=server", "--validate=strict"),
            *("-f", "-"),
        ],
        input=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("case", CASES)
def test_the_api_server_takes_all_of_it_without_a_warning(case: str) -> None:
    objects = rendered(case)
    kinds = {line.split()[-1] for line in kubectl("api-resources", "--no-headers").splitlines()}
    known = [item for item in objects if item["kind"] in kinds]
    left_out = {item["kind"] for item in objects} - kinds
    assert left_out <= FOREIGN
    assert len(known) > len(left_out)

    taken = 0
    places = {item["metadata"].get("namespace", NAMESPACE) for item in known}
    for namespace in sorted(places):
        there = [o for o in known if o["metadata"].get("namespace", NAMESPACE) == namespace]
        done = dry_run(there, namespace)
        assert (done.returncode, done.stderr) == (0, "")
        # One line each, for example “deployment.apps/onyxia-hub created (server dry run)”.
        taken += len(done.stdout.splitlines())
    assert taken == len(known)


@pytest.mark.parametrize("change", ["a key that nobody knows", "a right too many"])
def test_it_would_tell(change: str) -> None:
    [hub] = [
        item
        for item in rendered("minimal")
        if item["kind"] == "Deployment" and item["metadata"]["name"].endswith("-hub")
    ]
    pod = hub["spec"]["template"]["spec"]
    if change == "a right too many":
        pod["hostNetwork"] = True
    else:
        pod["containers"][0]["privileged"] = True

    done = dry_run([hub])

    if change == "a right too many":
        assert 'Warning: would violate PodSecurity "restricted' in done.stderr
    else:
        assert done.returncode != 0
        assert 'unknown field "privileged"' in done.stderr
