"""Volumes, nodes, and whoever takes a pod away."""

import pytest

from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.errors import (
    NodeLost,
    NodeRefused,
    PodDeleted,
    PodEvicted,
    PodPreempted,
    StartupProbeFailed,
    VolumeInUse,
    VolumeNotReady,
)
from tests.support.pod_states import at, event, pod, running, status, terminated, waiting


def look(of, events=(), *, waited=5.0, seen=False, wait_for_room=60):
    return failure_of(
        of, events, display_name="Jupyter", waited=waited, wait_for_room=wait_for_room, seen=seen
    )


def creating(**more):
    return pod(status(waiting("ContainerCreating")), **more)


def disrupted(reason, message="", **more):
    condition = {"type": "DisruptionTarget", "status": "True", "reason": reason, "message": message}
    return creating(status_more={"conditions": [condition]}, **more)


# -- volumes


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("FailedMount", 'MountVolume.SetUp failed for volume "x": mount failed: exit status 32'),
        ("FailedAttachVolume", 'AttachVolume.Attach failed for volume "pvc-1": rpc error: no'),
        ("FailedMapVolume", "MapVolume.SetUpDevice failed"),
    ],
)
def test_a_volume_that_can_not_be_attached_is_told_after_a_while(reason, message):
    events = [event(reason, message, seconds=10), event(reason, message, seconds=40)]
    assert look(creating(), events, waited=69) is None
    with pytest.raises(VolumeNotReady) as failure:
        raise look(creating(), events, waited=71.5)
    assert failure.value.message.startswith(
        f"The volume for Jupyter could not be made ready within 61 seconds ({message})."
    )
    assert failure.value.status_code == 502


def test_a_volume_that_comes_after_all_is_no_failure():
    events = [event("FailedAttachVolume", "no", seconds=10), event("Pulling", "x", seconds=50)]
    assert look(creating(), events, waited=90) is None
    events[-1] = event("SuccessfulAttachVolume", "x", seconds=50)
    assert look(creating(), events, waited=90) is None


def test_a_volume_that_another_service_has_is_told_as_such():
    message = 'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) onyxia-alice'
    with pytest.raises(VolumeInUse, match="Stop the service that has it"):
        raise look(creating(), [event("FailedAttachVolume", message)], waited=62)


# -- nodes


@pytest.mark.parametrize(
    ("reason", "message"),
    [
        ("UnexpectedAdmissionError", "Allocate failed: requested number of devices unavailable"),
        ("OutOfcpu", "Node didn't have enough resource: cpu, requested: 8000"),
        ("NodeAffinity", "Predicate NodeAffinity failed"),
    ],
)
def test_a_node_that_does_not_take_the_pod_is_told_at_once(reason, message):
    of = pod(
        phase="Failed", status_more={"reason": reason, "message": f"Pod was rejected: {message}"}
    )
    with pytest.raises(NodeRefused) as failure:
        raise look(of)
    assert f"did not take it ({reason}: Pod was rejected: {message})" in failure.value.message


def test_a_pod_that_failed_without_a_word_is_still_told():
    error = look(pod(phase="Failed"))
    assert isinstance(error, NodeRefused)
    assert "(no reason was given)" in error.message


def test_a_silent_node_is_lost_after_a_while():
    silent = event("NodeNotReady", "Node is not ready", seconds=50)
    assert look(creating(), [silent], waited=60) is None
    with pytest.raises(NodeLost, match="no longer answers"):
        raise look(creating(), [silent], waited=71)
    back = event("Pulling", "x", seconds=65)
    assert look(creating(), [silent, back], waited=71) is None


@pytest.mark.parametrize("reason", ["NodeLost", "NodeShutdown", "Terminated"])
def test_a_node_that_is_gone_is_told_at_once(reason):
    assert isinstance(look(creating(status_more={"reason": reason})), NodeLost)
    assert isinstance(look(disrupted("DeletionByTaintManager")), NodeLost)


# -- taken away


def test_an_evicted_pod_is_told_with_the_cause():
    words = "The node was low on resource: memory. Threshold quantity: 100Mi, available: 50Mi"
    of = pod(phase="Failed", status_more={"reason": "Evicted", "message": f"{words}. "})
    with pytest.raises(PodEvicted) as failure:
        raise look(of)
    assert f"what it used up there ({words}). Launch it again" in failure.value.message
    deleted = {"deletionTimestamp": at(9)}
    error = look(disrupted("EvictionByEvictionAPI", "Eviction API: evicting", metadata=deleted))
    assert isinstance(error, PodEvicted)
    assert "(Eviction API: evicting)" in error.message


def test_a_preempted_pod_is_told():
    deleted = {"deletionTimestamp": at(9)}
    with pytest.raises(PodPreempted, match="had to make room for something more important"):
        raise look(disrupted("PreemptionByScheduler", metadata=deleted))
    assert isinstance(look(creating(status_more={"reason": "Preempting"})), PodPreempted)


def test_a_pod_that_somebody_deletes_is_told():
    with pytest.raises(PodDeleted, match="and not by the hub"):
        raise look(creating(metadata={"deletionTimestamp": at(9)}))
    # Even while it is ready: it is about to end.
    ready = pod(
        status(running(), ready=True), phase="Running", metadata={"deletionTimestamp": at(9)}
    )
    assert isinstance(look(ready), PodDeleted)


def test_a_pod_that_is_gone_was_deleted_only_if_it_had_been_there():
    assert look(None) is None
    assert isinstance(look(None, seen=True), PodDeleted)


def test_a_pod_with_a_deadline_is_told():
    of = pod(
        phase="Failed", status_more={"reason": "DeadlineExceeded", "message": "Pod was active"}
    )
    assert isinstance(look(of), StartupProbeFailed)


# -- nothing wrong


def test_a_ready_pod_has_not_failed_whatever_happened_before():
    ready = status(running(), last=terminated(1, "no"), restarts=3, ready=True)
    assert look(pod(ready, phase="Running"), [event("FailedMount", "no")], waited=900) is None


@pytest.mark.parametrize(
    "of",
    [
        pod(placed=False, status_more={"conditions": []}),
        pod(),
        creating(),
        pod(status(running()), phase="Running"),
    ],
)
def test_a_pod_on_its_way_has_not_failed(of):
    assert look(of, waited=250) is None
