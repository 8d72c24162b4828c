"""Start the cluster, end it, say how it is."""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import addons, leftovers, network, paths, processes
from tests.cluster.client import ctr, kubectl
from tests.cluster.components import prepare
from tests.cluster.programs import PROGRAMS, build, build_all
from tests.cluster.progress import say, step
from tests.cluster.requirements import check_machine, check_room
from tests.cluster.system_images import load_system_images
from tests.cluster.trouble import ClusterTrouble
from tests.cluster.waiting import wait_until

__all__ = ["down", "status", "up"]

COMPONENTS = (
    "apiserver",
    "containerd",
    "controller-manager",
    "etcd",
    "kube-router",
    "kubelet",
    "proxy",
    "scheduler",
)


def up() -> None:
    """Start the cluster, unless it runs.

    Raises
    ------
    ClusterTrouble
        It can't start; with why. What was started is ended again; its logs stay in the cache.
    """
    if named := os.environ.get(paths.OTHER_CLUSTER):
        say(f"{paths.OTHER_CLUSTER} names {named}: tests use that cluster, so none is started.")
        for name in ("kube", "helm"):
            build(PROGRAMS[name])
        return
    check_machine()
    with _one_at_a_time():
        if is_running():
            say("The cluster runs already.")
            _say_how_to_use()
            return
        if leftovers.find() or paths.state_dir().exists():
            with step("remove what is left of an earlier cluster"):
                leftovers.remove()
        check_room()
        build_all()
        started = time.monotonic()
        try:
            _start()
        except (ClusterTrouble, KeyboardInterrupt):
            kept = _keep_logs()
            leftovers.remove()
            say(f"The cluster didn't start; its logs are in {kept}.")
            raise
        say(f"The cluster is ready after {time.monotonic() - started:.1f} s.")
        _say_how_to_use()


def down() -> None:
    """End the cluster and all that belongs to it, but for the cache.

    Raises
    ------
    ClusterTrouble
        Something is left; with what.
    """
    if named := os.environ.get(paths.OTHER_CLUSTER):
        say(f"{paths.OTHER_CLUSTER} names {named}: that cluster isn't ours, so it is left alone.")
        return
    check_machine()
    with _one_at_a_time():
        if not leftovers.find() and not paths.state_dir().exists():
            say("There is no cluster.")
            return
        with step("end the cluster"):
            leftovers.remove()
        say(f"Nothing of the cluster is left but the cache {paths.cache_dir()}.")


def status() -> bool:
    """Say what runs.

    Returns
    -------
    bool
        Whether all of it does.
    """
    running = processes.recorded()
    for name in COMPONENTS:
        pid = running.get(name)
        say(f"{name:20} {f'runs, process {pid}' if pid else 'does not run'}")
    ready = is_running()
    say("The node is ready." if ready else "The node isn't ready.")
    if ready:
        _say_how_to_use()
    return ready


def is_running() -> bool:
    """Tell whether every component runs and the node is ready.

    Returns
    -------
    bool
        Whether they do.
    """
    running = processes.recorded() if paths.state_dir().exists() else {}
    return all(running.get(name) for name in COMPONENTS) and _node_is_ready()


def _start() -> None:
    paths.state_dir().mkdir(mode=0o711, parents=True)
    with step("make keys, configuration and the pods' bridge"):
        prepared = prepare()
        leftovers.record_before()
        network.make_bridge()
    with step("start containerd"):
        processes.start("containerd", prepared.containerd)
        wait_until(
            _containerd_answers,
            what="containerd answers",
            seconds=60,
            failed=lambda: processes.why_ended("containerd"),
        )
        leftovers.purge_containers()
    with step("start etcd and the API server"):
        processes.start("etcd", prepared.etcd)
        processes.start("apiserver", prepared.apiserver)
        load_system_images()
        wait_until(
            _apiserver_is_ready,
            what="the API server is ready",
            seconds=120,
            failed=lambda: processes.why_ended("etcd", "apiserver"),
        )
    with step("start the node: node ready"):
        for name, command in prepared.others.items():
            # kube-router ends if it finds no node of its own.
            if name != "kube-router":
                processes.start(name, command)
        addons.apply_addons()
        wait_until(
            _node_is_ready,
            what="the node is ready",
            seconds=120,
            failed=lambda: processes.why_ended(*processes.recorded()),
        )
        addons.advertise_gpu()
        processes.start("kube-router", prepared.others["kube-router"])
    with step("add-ons ready: DNS, storage, the stand-in of a GPU"):
        wait_until(
            lambda: addons.ready() and addons.gpus() > 0,
            what="DNS and storage are ready and the node offers a GPU",
            seconds=120,
            failed=lambda: processes.why_ended(*processes.recorded()),
        )


def _containerd_answers() -> bool:
    try:
        ctr("version")
    except ClusterTrouble:
        return False
    return True


def _apiserver_is_ready() -> bool:
    try:
        return kubectl("get", "--raw", "/readyz") == "ok"
    except ClusterTrouble:
        return False


def _node_is_ready() -> bool:
    try:
        shown = json.loads(kubectl("get", "node", paths.NODE, "-o", "json"))
    except ClusterTrouble:
        return False
    conditions = {each["type"]: each["status"] for each in shown["status"]["conditions"]}
    return conditions.get("Ready") == "True"


def _keep_logs() -> Path:
    kept = paths.cache_dir() / "logs-of-failed-start"
    shutil.rmtree(kept, ignore_errors=True)
    if (paths.state_dir() / "logs").exists():
        shutil.copytree(paths.state_dir() / "logs", kept)
    return kept


def _say_how_to_use() -> None:
    say(f"export KUBECONFIG={paths.kubeconfig()}")
    say(f"alias kubectl='{paths.program('kube')} kubectl'")


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    paths.cache_dir().mkdir(parents=True, exist_ok=True)
    with (paths.cache_dir() / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
