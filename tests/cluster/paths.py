"""Where the test cluster keeps its things, and the fixed names other test code may rely on.

Two folders: the *cache* outlives the cluster (built programs, images: minutes of work), the *state*
does not (etcd, keys, logs: `down` removes it wholly).
"""

import os
from pathlib import Path

__all__ = [
    "BRIDGE",
    "CONTAINERD_SOCKET",
    "NODE",
    "NODE_ADDRESS",
    "OTHER_CLUSTER",
    "REPOSITORY",
    "RUN_DIR",
    "audit_log",
    "cache_dir",
    "containerd_root",
    "kubeconfig",
    "program",
    "state_dir",
]

REPOSITORY = Path(__file__).resolve().parents[2]

NODE = "node1"
"""Name of the one node."""

NODE_ADDRESS = "10.244.0.1"
"""The host on the pods' bridge: where pods reach host processes, and the host reaches NodePorts."""

BRIDGE = "onyxiabr0"
"""The pods' network bridge."""

RUN_DIR = Path("/run/onyxia-cluster")
"""Sockets, containers' root mounts and network namespaces; under /run, so a reboot clears it."""

OTHER_CLUSTER = "ONYXIA_TEST_KUBECONFIG"
"""Environment variable that names the kubeconfig of a cluster to test on instead of ours."""

CONTAINERD_SOCKET = str(RUN_DIR / "containerd.sock")


def audit_log() -> Path:
    """What service accounts asked of the API server: a JSON document in each line.

    Returns
    -------
    Path
        The log.
    """
    return state_dir() / "logs" / "audit.log"


def cache_dir() -> Path:
    """Folder of what is kept when the cluster goes.

    Returns
    -------
    Path
        ``$ONYXIA_CLUSTER_CACHE``, else ``onyxia-hub-cluster`` in the user's cache folder (XDG).
    """
    if named := os.environ.get("ONYXIA_CLUSTER_CACHE"):
        return Path(named).absolute()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home / "onyxia-hub-cluster"


def state_dir() -> Path:
    """Folder of what ends with the cluster.

    Returns
    -------
    Path
        ``$ONYXIA_CLUSTER_STATE``, else ``.cluster`` in the repository.
    """
    if named := os.environ.get("ONYXIA_CLUSTER_STATE"):
        return Path(named).absolute()
    return REPOSITORY / ".cluster"


def containerd_root() -> Path:
    """containerd's images and snapshots: in the cache, because importing images takes long.

    Returns
    -------
    Path
        The folder.
    """
    return cache_dir() / "containerd"


def program(name: str) -> Path:
    """Path of a program built from its Go module, whether it is built yet or not.

    Parameters
    ----------
    name
        ``kube``, ``helm``, ``kube-router``, ``coredns``, ...

    Returns
    -------
    Path
        The file in the cache.
    """
    return cache_dir() / "bin" / name


def kubeconfig() -> Path:
    """The admin's kubeconfig of the cluster that tests use.

    Returns
    -------
    Path
        ``$ONYXIA_TEST_KUBECONFIG`` if set (kind, k3d, a managed cluster), else that of our own.
    """
    if named := os.environ.get(OTHER_CLUSTER):
        return Path(named).absolute()
    return state_dir() / "kubeconfig"
