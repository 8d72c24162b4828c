"""What runs in the cluster from its start: DNS, storage, and the stand-in of a GPU."""

import json
from pathlib import Path

from tests.cluster import paths
from tests.cluster.client import kubectl

__all__ = ["advertise_gpu", "apply_addons", "gpus", "ready"]

MANIFESTS = Path(__file__).parent / "manifests"
DEPLOYMENTS = (("kube-system", "coredns"), ("local-path-storage", "local-path-provisioner"))
GPU = "nvidia.com/gpu"


def apply_addons() -> None:
    """Create the add-ons' objects.

    Raises
    ------
    ClusterTrouble
        The API server refuses one.
    """
    volumes = paths.state_dir() / "volumes"
    volumes.mkdir(exist_ok=True)
    for name in ("access", "dns", "storage"):
        manifest = (MANIFESTS / f"{name}.yaml").read_text()
        kubectl("apply", "-f", "-", input=manifest.replace("VOLUMES", str(volumes)))


def ready() -> bool:
    """Tell whether every add-on answers.

    Returns
    -------
    bool
        Whether each deployment has its pod ready.
    """
    for namespace, name in DEPLOYMENTS:
        shown = kubectl("get", "deployment", name, "-n", namespace, "-o", "json")
        if json.loads(shown)["status"].get("readyReplicas", 0) < 1:
            return False
    return True


def gpus() -> int:
    """Number of GPUs that pods can get on the node.

    Returns
    -------
    int
        As the node says it.
    """
    status = json.loads(kubectl("get", "node", paths.NODE, "-o", "json"))["status"]
    return int(status["allocatable"].get(GPU, 0))


def advertise_gpu() -> None:
    """Let the node say that it has one GPU: a stand-in, because there is none here.

    Scheduling and quota only count the resource, so they behave as with a real one; no device gets
    into the pod. The way is Kubernetes' documented one ("Advertise Extended Resources for a Node"):
    the kubelet keeps the capacity and copies it to what is allocatable.

    Raises
    ------
    ClusterTrouble
        The API server refuses the patch.
    """
    # What is allocatable too, because the kubelet copies it only with its next report, 10 s later.
    status = {"status": {kind: {GPU: "1"} for kind in ("capacity", "allocatable")}}
    patch = json.dumps(status)
    kubectl("patch", "node", paths.NODE, "--subresource=status", "--type=merge", "-p", patch)
