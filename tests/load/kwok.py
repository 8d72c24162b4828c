"""KWOK: nodes and pods that exist for the API server only."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import paths
from tests.cluster.client import kubectl
from tests.cluster.programs import Program, build
from tests.cluster.waiting import wait_until

__all__ = ["LABEL", "nodes"]

_KWOK = Program(name="kwok", source="sigs.k8s.io/kwok/cmd/kwok@v0.8.0")
_MARK = {"kwok.x-k8s.io/node": "fake"}
#: What pods ask of their node.
LABEL = {"onyxia.test/kwok": "true"}


@contextmanager
def nodes(number: int, *, log: Path) -> Iterator[None]:
    """Have so many nodes, each with room for 500 pods that run as soon as they are there.

    Parameters
    ----------
    number
        How many.
    log
        Takes KWOK's output.
    """
    program = build(_KWOK)
    names = [f"kwok-{place}" for place in range(number)]
    made = {"apiVersion": "v1", "kind": "List", "items": [_node(name) for name in names]}
    kubectl("apply", "-f", "-", input=json.dumps(made))
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                str(program),
                f"--kubeconfig={paths.kubeconfig()}",
                f"--config={Path(__file__).with_name('stages.yaml')}",
                "--manage-all-nodes=false",
                "--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake",
                # Addresses that nobody listens on: the hub of the load test asks elsewhere.
                "--cidr=127.64.0.1/16",
                "--node-ip=127.0.0.1",
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: _ready(names), what="KWOK's nodes are ready", seconds=60)
        yield
    finally:
        process.terminate()
        process.wait(20)
        kubectl("delete", "node", "--wait=false", *names)


def _node(name: str) -> dict[str, object]:
    room = {"cpu": "256", "memory": "1Ti", "pods": "500"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "annotations": _MARK, "labels": LABEL},
        # Nothing else of the cluster may land here.
        "spec": {"taints": [{"key": "onyxia.test/kwok", "effect": "NoSchedule"}]},
        "status": {"allocatable": room, "capacity": room},
    }


def _ready(names: list[str]) -> bool:
    condition = '{.status.conditions[?(@.type=="Ready")].status}'
    told = [kubectl("get", "node", name, "-o", f"jsonpath={condition}") for name in names]
    return set(told) == {"True"}
