"""The pods' bridge and the kernel settings that pods' traffic needs."""

import json
import subprocess
from pathlib import Path

from tests.cluster import paths
from tests.cluster.commands import command
from tests.cluster.trouble import ClusterTrouble

__all__ = [
    "links_of_bridge",
    "make_bridge",
    "restore_kernel_settings",
    "set_kernel_settings",
]

WANTED = {
    "net/ipv4/ip_forward": "1",
    # Else pods on one bridge reach each other past the rules of Services and NetworkPolicies.
    "net/bridge/bridge-nf-call-iptables": "1",
}
# The kubelet sets these by itself.
OF_KUBELET = (
    "vm/overcommit_memory",
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)


def make_bridge() -> None:
    """Make the pods' bridge with the node's address, before anything listens on that address.

    Raises
    ------
    ClusterTrouble
        The kernel refuses.
    """
    command("ip", "link", "add", paths.BRIDGE, "type", "bridge")
    # A bridge without a hardware address of its own changes it as pods come and go.
    command("ip", "link", "set", paths.BRIDGE, "address", "0a:58:0a:f4:00:01")
    command("ip", "address", "add", f"{paths.NODE_ADDRESS}/24", "dev", paths.BRIDGE)
    command("ip", "link", "set", paths.BRIDGE, "up")


def links_of_bridge() -> list[str]:
    """Name the network links that belong to the cluster.

    Returns
    -------
    list[str]
        The bridge, if it is there, and its ports.
    """
    links = json.loads(command("ip", "-json", "link", "show"))
    return [
        link["ifname"]
        for link in links
        if link["ifname"] == paths.BRIDGE or link.get("master") == paths.BRIDGE
    ]


def set_kernel_settings() -> dict[str, str]:
    """Set what pods' traffic needs.

    Returns
    -------
    dict[str, str]
        What these settings, and those that the kubelet sets, were before.

    Raises
    ------
    ClusterTrouble
        The kernel can't filter bridged traffic.
    """
    if not _setting("net/bridge/bridge-nf-call-iptables").exists():
        # Built into some kernels, a module of others.
        subprocess.run(["modprobe", "br_netfilter"], capture_output=True, check=False)
    before = {
        name: _setting(name).read_text().strip()
        for name in (*WANTED, *OF_KUBELET)
        if _setting(name).exists()
    }
    for name, value in WANTED.items():
        if name not in before:
            raise ClusterTrouble(
                "The kernel has no br_netfilter, which NetworkPolicies need: "
                "load that module (`modprobe br_netfilter`)."
            )
        if before[name] != value:
            _setting(name).write_text(value)
    return before


def restore_kernel_settings(before: dict[str, str]) -> None:
    """Set back what was changed.

    Parameters
    ----------
    before
        As `set_kernel_settings` returned it.
    """
    for name, value in before.items():
        if _setting(name).read_text().strip() != value:
            _setting(name).write_text(value)


def _setting(name: str) -> Path:
    return Path("/proc/sys") / name
