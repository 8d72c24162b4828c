"""From what the cluster says of a pod to why the launch can't go on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from onyxia_hub.cluster.gpus import NodeFacts
from onyxia_hub.cluster.images import image_failure
from onyxia_hub.cluster.observed import PodView
from onyxia_hub.cluster.programs import container_failure, program_failure
from onyxia_hub.cluster.room import shortage_of
from onyxia_hub.cluster.shortage import node_is_coming
from onyxia_hub.cluster.volumes import volume_failure
from onyxia_hub.errors import (
    LaunchError,
    NodeLost,
    NodeRefused,
    PodDeleted,
    PodEvicted,
    PodPreempted,
    StartupProbeFailed,
)
from onyxia_hub.language import Said

__all__ = ["failure_of"]

#: For how many seconds a node may be silent after Kubernetes has noticed; it may come back.
_NODE_GRACE = 20

# PodStatus.reason: of the kubelet, of the node lifecycle controller, of older and newer ones.
_LOST = {"NodeLost", "NodeShutdown", "Shutdown", "Terminated"}
_PREEMPTED = {"Preempted", "Preempting"}
# Reasons of the condition DisruptionTarget (Kubernetes documentation, "Pod disruption conditions").
_LOST_NODE = {"DeletionByPodGC", "DeletionByTaintManager"}


def failure_of(
    pod: Mapping[str, Any] | None,
    events: Sequence[Mapping[str, Any]],
    *,
    display_name: str,
    waited: float,
    wait_for_room: float,
    nodes: Sequence[NodeFacts] | None = None,
    secrets: Iterable[str] = (),
    seen: bool = False,
) -> LaunchError | None:
    """Return why a pod will not become a service; ``None`` as long as it still may.

    Parameters
    ----------
    pod
        The pod (core/v1 Pod in the API's JSON form); ``None`` if the cluster has none.
    events
        The pod's events, the latest last.
    display_name
        The service's name.
    waited
        Seconds since the pod was made.
    wait_for_room
        For how many seconds it may wait for a place in the cluster. A new node that is on its way
        is waited for longer.
    nodes
        The cluster's nodes; ``None`` if they are not known, and then their numbers are left out.
    secrets
        What no sentence may hold, whole values: what a program wrote may repeat any of it.
    seen
        Whether the pod has been there before, so that its absence is its deletion.
    """
    if pod is None:
        return PodDeleted(display_name=display_name) if seen else None
    view = PodView(pod, events, waited=waited, secrets=tuple(secrets))
    if (ended := _ended_from_outside(view, display_name)) is not None:
        return ended
    if view.is_ready:
        return None
    return _in_containers(view, display_name) or (
        NodeRefused(display_name=display_name, detail=_status_words(view))
        if view.is_over
        else volume_failure(view, display_name=display_name)
        or _no_place(view, display_name=display_name, wait_for_room=wait_for_room, nodes=nodes)
    )


def _in_containers(pod: PodView, display_name: str) -> LaunchError | None:
    """Return the error for the first container that can't come good, the service's own first."""
    for container in [pod.main, *pod.init_containers, *pod.containers[1:]]:
        failure = (
            container_failure(pod, container, display_name=display_name)
            or program_failure(pod, container, display_name=display_name)
            or image_failure(pod, container)
        )
        if failure is not None:
            return failure
    return None


def _no_place(
    pod: PodView, *, display_name: str, wait_for_room: float, nodes: Sequence[NodeFacts] | None
) -> LaunchError | None:
    shortage = shortage_of(pod, nodes)
    if shortage is None or pod.waited < wait_for_room or node_is_coming(pod):
        return None
    return shortage.error(display_name=display_name, seconds=int(wait_for_room))


def _ended_from_outside(pod: PodView, display_name: str) -> LaunchError | None:
    """Return the error for a pod that somebody or something took away."""
    reason = str(pod.status.get("reason") or "")
    target = pod.condition("DisruptionTarget")
    disruption = str(target.get("reason") or "") if target.get("status") == "True" else ""
    if reason in _PREEMPTED or disruption == "PreemptionByScheduler":
        return PodPreempted(display_name=display_name)
    if reason in _LOST or disruption in _LOST_NODE or _is_silent(pod):
        return NodeLost(display_name=display_name)
    if reason == "Evicted" or disruption:
        said = pod.status.get("message") or target.get("message")
        return PodEvicted(
            display_name=display_name, detail=pod.quote(said) or Said("no reason was given")
        )
    if reason == "DeadlineExceeded":
        return StartupProbeFailed(
            display_name=display_name, seconds=int(pod.waited), hint=Said("It has a deadline.")
        )
    if pod.metadata.get("deletionTimestamp"):
        return PodDeleted(display_name=display_name)
    return None


def _is_silent(pod: PodView) -> bool:
    """Return whether the pod's node has been silent for long, and nothing came from it since."""
    event = pod.events[-1] if pod.events else None
    if event is None or event.reason != "NodeNotReady":
        return False
    return pod.age(event) >= _NODE_GRACE


def _status_words(pod: PodView) -> str:
    """Return why the pod failed as a whole."""
    words = [pod.quote(pod.status.get(field)) for field in ("reason", "message")]
    return ": ".join(word for word in words if word) or Said("no reason was given")
