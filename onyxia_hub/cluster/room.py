"""Why no node takes a pod, in words.

The scheduler says it in the condition ``PodScheduled`` and in events ``FailedScheduling``:
``0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match …. preemption: 0/3 nodes …``
(Kubernetes 1.34 to 1.37: ``FitError.Error`` in pkg/scheduler/framework/types.go; the reasons are
those of pkg/scheduler/framework/plugins). Each node tells one reason only, except for resources: a
node tells all that it lacks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal

from onyxia_hub.cluster.gpus import NodeFacts, gpus_in
from onyxia_hub.cluster.observed import PodView
from onyxia_hub.cluster.requests import (
    amount_words,
    asked_by,
    labels_asked_by,
    largest,
    selector_of,
    together,
)
from onyxia_hub.cluster.shortage import Shortage
from onyxia_hub.errors import GpuMissing, NoGpuFree, NoNodeFits, NoRoom, VolumeInUse, VolumeNotReady
from onyxia_hub.language import Said

__all__ = ["shortage_of"]

_HEAD = re.compile(r"^0/\d+ nodes are available:\s*")
_REASON = re.compile(r"^(\d+) (.+)$", re.DOTALL)
_INSUFFICIENT = "Insufficient "
_GPU = re.compile(r"gpu|/mig-|/i915$", re.IGNORECASE)

_VOLUME = re.compile(r"volume|pvc\(s\)|no available disk|free storage", re.IGNORECASE)
_VOLUME_IN_USE = re.compile(r"already in-use by another pod|no available disk")
_LABELS = re.compile(r"Pod's node affinity|node selector|NodeAffinity|requested node name")
_CLOSED = re.compile(r"untolerated taint|were unschedulable|taints that the pod didn't tolerate")
_ALL_CLOSED = Said(
    "Every node that could run it is closed to it: reserved for others, under maintenance or not "
    "ready"
)


def shortage_of(pod: PodView, nodes: Sequence[NodeFacts] | None) -> Shortage | None:
    """Return why the pod has no place; ``None`` if the scheduler has not said that it has none.

    Parameters
    ----------
    pod
        The pod.
    nodes
        The cluster's nodes; ``None`` if they are not known, and then the numbers are left out.
    """
    if pod.placed:
        return None
    condition = pod.condition("PodScheduled")
    event = pod.last("FailedScheduling")
    if condition.get("status") == "False":
        said = str(condition.get("message") or (event.message if event else ""))
    elif event is not None and not condition:
        said = event.message
    else:
        return None
    return _shortage(pod, said, nodes or [])


def _shortage(pod: PodView, said: str, nodes: Sequence[NodeFacts]) -> Shortage:
    # The second sentence is about what could be taken from others for this pod.
    plain = _HEAD.sub("", said.strip()).partition(". ")[0].rstrip(".")
    reasons = _reasons(plain)
    lacking = {
        reason.removeprefix(_INSUFFICIENT): count
        for reason, count in reasons.items()
        if reason.startswith(_INSUFFICIENT)
    }
    if lacking:
        return _resources(pod, lacking, nodes)
    if "Too many pods" in reasons:
        return Shortage(NoRoom, Said("Every node already runs as many pods as it may"))
    return _volume(pod, plain) or _kind_of_node(pod, plain, nodes)


def _volume(pod: PodView, plain: str) -> Shortage | None:
    if _VOLUME_IN_USE.search(plain):
        return Shortage(
            VolumeInUse,
            Said("Its volume is in use by another service"),
            Said("waiting until it is free"),
        )
    if _VOLUME.search(plain):
        detail = pod.quote(plain)
        why = Said("Its volume is not ready: {detail}", detail=detail)
        return Shortage(VolumeNotReady, why, Said("waiting for it"), detail)
    return None


def _kind_of_node(pod: PodView, plain: str, nodes: Sequence[NodeFacts]) -> Shortage:
    closed = _CLOSED.search(plain) is not None
    # Taints are looked at before labels, so the nodes with the labels may be the closed ones.
    if closed and any(node.carries(selector_of(pod)) for node in nodes):
        why = _ALL_CLOSED
    elif _LABELS.search(plain):
        why = _labels(pod, nodes)
    elif closed:
        why = _ALL_CLOSED
    elif plain.startswith("no nodes available"):
        why = Said("The cluster has no node at all")
    else:
        why = Said("No node can run it: {detail}", detail=pod.quote(plain))
    return Shortage(NoNodeFits, why, Said("waiting for one"))


def _reasons(plain: str) -> dict[str, int]:
    """Return the number of nodes by reason; a reason for all of them at once has no number."""
    found = {}
    for part in plain.split(", "):
        match = _REASON.match(part)
        found[match[2] if match else part] = int(match[1]) if match else 0
    return found


def _resources(pod: PodView, lacking: Mapping[str, int], nodes: Sequence[NodeFacts]) -> Shortage:
    asked = asked_by(pod)
    open_nodes = _open_to(pod, nodes)
    gpus = sorted(resource for resource in lacking if _GPU.search(resource))
    others = sorted(set(lacking) - set(gpus))
    for resource in gpus:
        without = sum(not node.has(resource) for node in open_nodes)
        # Nodes without any GPU always lack one. If no other node lacks one, GPUs are free, and it
        # is something else that those with a GPU lack.
        if not (others and lacking[resource] <= without < len(open_nodes)):
            return _gpus(pod, resource, asked.get(resource, Decimal(1)), nodes, open_nodes)
    parts = [
        amount_words(resource, asked[resource]) if asked.get(resource) else resource
        for resource in others
    ]
    why = Said("No node has {amount} free", amount=together(parts))
    if len(others) == 1 and open_nodes:
        most = largest(open_nodes, others[0])
        if asked.get(others[0], Decimal(0)) > most:
            why = Said(
                "No node has {amount} free (the largest has {most} in all)",
                amount=together(parts),
                most=amount_words(others[0], most),
            )
    return Shortage(NoRoom, why)


def _open_to(pod: PodView, nodes: Sequence[NodeFacts]) -> list[NodeFacts]:
    """Return the nodes whose labels and taints let the pod in: those that tell what they lack."""
    tolerations = pod.spec.get("tolerations")
    tolerated = tolerations if isinstance(tolerations, list) else []
    return [node for node in nodes if node.carries(selector_of(pod)) and node.lets_in(tolerated)]


def _gpus(
    pod: PodView,
    resource: str,
    asked: Decimal,
    nodes: Sequence[NodeFacts],
    open_nodes: Sequence[NodeFacts],
) -> Shortage:
    number = f"{asked.normalize():f}"
    gpu, gpus = _gpu_words(resource)
    wish = Said("waiting for one") if asked <= 1 else Said("waiting for them")
    if not nodes:
        why = (
            Said("No {gpu} is free", gpu=gpu)
            if asked <= 1
            else Said("No node has {number} {gpus} free", number=number, gpus=gpus)
        )
        return Shortage(NoGpuFree, why, wish)
    selector = selector_of(pod)
    total, most = gpus_in(nodes, resource, selector), largest(open_nodes, resource)
    if not total:
        where = together([f"{name}={value}" for name, value in selector.items()])
        why = (
            Said(
                "This cluster has no GPU of the kind {resource} on a node with the label {label}",
                resource=resource,
                label=where,
            )
            if where
            else Said("This cluster has no GPU of the kind {resource}", resource=resource)
        )
        return Shortage(GpuMissing, why, wish)
    if not most:
        return Shortage(NoNodeFits, Said("The nodes with a {gpu} are closed to it", gpu=gpu), wish)
    if asked > most:
        why = Said(
            "No node of this cluster has {number} {gpus} (the best has {most})",
            number=number,
            gpus=gpus,
            most=most,
        )
        return Shortage(GpuMissing, why, wish)
    if asked <= 1:
        return Shortage(
            NoGpuFree, Said("No {gpu} is free (0 of {total})", gpu=gpu, total=total), wish
        )
    why = Said(
        "No node has {number} {gpus} free (this cluster has {total})",
        number=number,
        gpus=gpus,
        total=total,
    )
    return Shortage(NoGpuFree, why, wish)


def _gpu_words(resource: str) -> tuple[Said, Said]:
    """Return how one GPU and several are called; those that have a usual name by that."""
    if resource.endswith("/gpu"):
        return Said("GPU"), Said("GPUs")
    return (
        Said("GPU of the kind {resource}", resource=resource),
        Said("GPUs of the kind {resource}", resource=resource),
    )


def _labels(pod: PodView, nodes: Sequence[NodeFacts]) -> Said:
    labels = labels_asked_by(pod, nodes)
    if not labels:
        return Said("No node is of the kind that it asks for")
    quoted = together([pod.quote(label) for label in labels])
    if len(labels) == 1:
        return Said("No node carries the label {label}, which it asks for", label=quoted)
    return Said("No node carries the labels {labels}, which it asks for", labels=quoted)
