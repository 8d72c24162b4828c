"""What the machine must have before the cluster can start."""

import json
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path

from tests.cluster import paths
from tests.cluster.commands import command
from tests.cluster.node_config import POD_NETWORK
from tests.cluster.trouble import ClusterTrouble

__all__ = ["ALL_NEEDED", "absent_packages", "check_machine", "check_room"]

NEEDED = {
    "containerd": "containerd",
    "ctr": "containerd",
    "runc": "runc",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
    "/bin/busybox": "busybox-static",
    "ip": "iproute2",
    "nft": "nftables",
    "iptables": "iptables",
    "ipset": "ipset",
}
"""Program to the Debian package that brings it."""

NEEDED_FOR_THE_SITE = {
    "buildah": "buildah",
    "debootstrap": "debootstrap",
    "git": "git",
    "java": "default-jre-headless",
    "mvn": "maven",
    "openssl": "openssl",
    "chromium": "chromium",
}
"""The same for what runs on it and for its tests: images, Keycloak, a browser."""

ALL_NEEDED = {**NEEDED, **NEEDED_FOR_THE_SITE}
"""All of them."""

PORTS = {
    6443: "the API server",
    10250: "the kubelet",
    2379: "etcd",
    2380: "etcd",
    10248: "the kubelet",
    10249: "kube-proxy",
    10256: "kube-proxy",
    10257: "the controller manager",
    10259: "the scheduler",
}
PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def absent_packages(needed: Mapping[str, str]) -> list[str]:
    """Return the Debian packages whose programs are not on this machine, from wherever they are.

    Parameters
    ----------
    needed
        Package by program.
    """
    path = f"{PATH}:{os.environ.get('PATH', '')}"
    absent = (package for file, package in needed.items() if not shutil.which(file, path=path))
    return list(dict.fromkeys(absent))


def check_machine() -> None:
    """Check what doesn't depend on what runs at the moment.

    Raises
    ------
    ClusterTrouble
        Not root, or packages are absent; with what to do.
    """
    if os.geteuid():
        raise ClusterTrouble("The cluster makes network links and mounts, so start it as root.")
    if absent := absent_packages(NEEDED):
        raise ClusterTrouble(
            f"Debian packages are absent: run `apt-get install -y {' '.join(absent)}`."
        )


def check_room() -> None:
    """Check that nothing else has the cluster's ports or network.

    Raises
    ------
    ClusterTrouble
        A port or the network is taken; with by what, as far as that can be told.
    """
    for port, user in PORTS.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("0.0.0.0", port))
            except OSError as error:
                raise ClusterTrouble(
                    f"Port {port} is taken, and {user} needs it: "
                    f"end what listens there (`ss -ltnp sport = :{port}`)."
                ) from error
    routes = json.loads(command("ip", "-json", "route", "show", POD_NETWORK))
    if routes:
        raise ClusterTrouble(
            f"The network {POD_NETWORK} is in use by {routes[0].get('dev')}: "
            "end what made that link."
        )
    if not any(Path("/sys/fs/cgroup").iterdir()):
        raise ClusterTrouble("There are no control groups: mount /sys/fs/cgroup.")
    paths.RUN_DIR.mkdir(mode=0o711, exist_ok=True)
