"""What Kubernetes itself says about objects, without a cluster: its schemas, and its Pod Security.

Both come from the Go modules of the version that the tests' cluster runs.
"""

import functools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import jsonschema

from tests.cluster.programs import KUBERNETES, Program, build
from tests.cluster.trouble import ClusterTrouble
from tests.unit.chart.rendered import Manifest

__all__ = ["faults_of", "refused_by_pod_security"]

_POD_SECURITY = Program(name="pod-security", source=Path(__file__).parent / "pod_security")


def refused_by_pod_security(pods: list[Manifest]) -> list[list[str]]:
    """Return what the standard “restricted” has against each pod.

    Parameters
    ----------
    pods
        Pods, or templates of pods.
    """
    done = subprocess.run(
        [str(build(_POD_SECURITY))],
        input=json.dumps(pods),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: list[list[str]] = json.loads(done.stdout)
    return answer


def faults_of(item: Manifest) -> list[str]:
    """Return what Kubernetes' schema has against an object; unknown fields are refused.

    Parameters
    ----------
    item
        An object of a kind that Kubernetes itself knows.
    """
    found = _validator(item["apiVersion"], item["kind"]).iter_errors(item)
    return [f"{'.'.join(map(str, fault.path))}: {fault.message}" for fault in found]


@functools.cache
def _validator(version: str, kind: str) -> jsonschema.Draft202012Validator:
    document = _openapi(version)
    group, _, plain = version.rpartition("/")
    known = {"group": group, "version": plain, "kind": kind}
    (name,) = (
        name
        for name, schema in document["components"]["schemas"].items()
        if known in schema.get("x-kubernetes-group-version-kind", [])
    )
    return jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


@functools.cache
def _openapi(version: str) -> dict[str, Any]:
    parts = ["api" if "/" not in version else "apis", *version.split("/"), "openapi.json"]
    file = _module() / "api" / "openapi-spec" / "v3" / "__".join(parts[:-1])
    document: dict[str, Any] = json.loads(file.with_name(f"{file.name}_{parts[-1]}").read_text())
    for schema in document["components"]["schemas"].values():
        if "properties" in schema:
            schema.setdefault("additionalProperties", False)
    return document


@functools.cache
def _module() -> Path:
    """Return the folder of Kubernetes' own module, which Go fetches if it is not there."""
    go = shutil.which("go")
    if go is None:
        raise ClusterTrouble("Go is absent, and Kubernetes' schemas are in its Go module.")
    module = f"k8s.io/kubernetes@v{KUBERNETES}"
    done = subprocess.run(
        [go, "mod", "download", "-json", module], capture_output=True, text=True, check=True
    )
    return Path(json.loads(done.stdout)["Dir"])
