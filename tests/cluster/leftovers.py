"""Find everything on the machine that belongs to the cluster, and remove it."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from tests.cluster import firewall, network, paths, processes
from tests.cluster.client import ctr
from tests.cluster.commands import command
from tests.cluster.trouble import ClusterTrouble

__all__ = ["find", "purge_containers", "record_before", "remove"]

# Folders that components make outside of ours, whatever they are told.
FOLDERS = (
    "/run/containerd",
    "/var/lib/cni",
    "/var/lib/kubelet",
    "/var/log/containers",
    "/var/log/pods",
)
CGROUPS = Path("/sys/fs/cgroup")


def record_before() -> None:
    """Write down what the machine was like, and set the kernel settings that pods need.

    Raises
    ------
    ClusterTrouble
        The kernel lacks something.
    """
    record = {
        "tables": sorted(firewall.tables()),
        "absent_folders": [folder for folder in FOLDERS if not Path(folder).exists()],
        "kernel": network.set_kernel_settings(),
    }
    _before_file().write_text(json.dumps(record, indent=1))


def find() -> list[str]:
    """Name what there is of the cluster, but for files.

    Returns
    -------
    list[str]
        A phrase for each thing; empty when nothing is left.
    """
    found = [f"process {pid} ({name})" for pid, name in processes.owned_processes().items()]
    found += [f"mount {mount}" for mount in _mounts()]
    found += [f"link {link}" for link in network.links_of_bridge()]
    found += [f"nftables table {table}" for table in firewall.our_tables()]
    for program in ("iptables", "ip6tables"):
        for table, chains in firewall.our_chains(program).items():
            found += [f"{program} chain {chain} in {table}" for chain in chains]
    found += [f"ipset {name}" for name in firewall.our_sets()]
    found += [f"control group {group}" for group in _cgroups()]
    return found


def purge_containers() -> None:
    """End and forget every container that containerd knows, but for images.

    Raises
    ------
    ClusterTrouble
        containerd refuses.
    """
    tasks = ctr("tasks", "ls", "-q").split()
    if tasks:
        # With --force it kills first; a task that ends in between is no failure.
        _tolerate(partial(ctr, "tasks", "delete", "--force", *tasks))
    if containers := ctr("containers", "ls", "-q").split():
        ctr("containers", "delete", *containers)


def remove() -> None:
    """End and remove all that `find` names, and the state folder.

    Raises
    ------
    ClusterTrouble
        Something is still there afterwards; with what.
    """
    before = _before()
    running = processes.recorded()
    # The kubelet first, else it starts again what is ended. None has anything to save, so patience
    # is short: the API server would wait for open watches.
    starters = ("kubelet", "controller-manager", "scheduler", "proxy", "kube-router")
    processes.end((pid for name in starters if (pid := running.get(name))), patience=1)
    if running.get("containerd"):
        _tolerate(purge_containers)
    processes.end(processes.owned_processes(), patience=1)
    # Whatever a killed process started meanwhile.
    processes.end(processes.owned_processes(), patience=0)
    for mount in _mounts():
        # A mount may go with the one above it.
        _tolerate(partial(command, "umount", "--lazy", str(mount)))
    for link in sorted(network.links_of_bridge(), key=paths.BRIDGE.__eq__):
        # A port may go by itself as its network namespace ends.
        _tolerate(partial(command, "ip", "link", "delete", link))
    firewall.remove_rules(set(before["tables"]) if before else firewall.tables())
    for group in _cgroups():
        _remove_cgroup(group)
    if before:
        network.restore_kernel_settings(before["kernel"])
        for folder in before["absent_folders"]:
            shutil.rmtree(folder, ignore_errors=True)
    if left := find():
        raise ClusterTrouble(
            "The cluster couldn't be removed wholly; still there: " + "; ".join(left[:20]) + "."
        )
    shutil.rmtree(paths.RUN_DIR, ignore_errors=True)
    shutil.rmtree(paths.state_dir(), ignore_errors=True)


def _before_file() -> Path:
    return paths.state_dir() / "before.json"


def _before() -> dict[str, Any]:
    return dict(json.loads(_before_file().read_text())) if _before_file().exists() else {}


def _mounts() -> list[Path]:
    # The deepest first. mountinfo(5): field 5 is where, with blanks as octal escapes.
    folders = (paths.RUN_DIR, paths.state_dir(), paths.containerd_root())
    lines = Path("/proc/self/mountinfo").read_text().splitlines()
    mounts = [Path(line.split()[4].encode().decode("unicode_escape")) for line in lines]
    ours = [mount for mount in mounts if any(mount.is_relative_to(folder) for folder in folders)]
    return sorted(ours, key=lambda mount: len(mount.parts), reverse=True)


def _cgroups() -> list[Path]:
    # cgroup v1 has a tree for each controller, v2 one for all.
    return [
        folder / "kubepods"
        for folder in (CGROUPS, *CGROUPS.iterdir())
        if (folder / "kubepods").is_dir()
    ]


def _remove_cgroup(group: Path) -> None:
    for folder, _, _ in os.walk(group, topdown=False):
        Path(folder).rmdir()


def _tolerate(action: Callable[[], object]) -> None:
    try:
        action()
    except ClusterTrouble:
        # What matters is what `find` says at the end.
        return
