"""Why a pod has no place, as the scheduler says it and as a person reads it."""

import pytest

from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.cluster.gpus import NodeFacts
from onyxia_hub.cluster.phases_of_pod import phase_of
from onyxia_hub.errors import (
    GpuMissing,
    NoGpuFree,
    NoNodeFits,
    NoRoom,
    VolumeInUse,
    VolumeNotReady,
)
from tests.support.pod_states import container, event, pod, unplaced

GPU = "nvidia.com/gpu"
NO_VICTIMS = " preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod."


def asking(**resources):
    amounts = {name.replace("_", "/"): value for name, value in resources.items()}
    amounts = {GPU if name == "gpu" else name: value for name, value in amounts.items()}
    return {"containers": [container(resources={"requests": amounts, "limits": amounts})]}


def told(said, nodes=None, **spec):
    """Return the phase's message and, after the wait, the error."""
    waits = unplaced(said, spec=spec)
    phase = phase_of(waits, [], waited=1, nodes=nodes)
    assert phase.percent == 32
    assert look(waits, waited=59, nodes=nodes) is None
    return phase.message, look(waits, waited=60, nodes=nodes)


def look(waits, events=(), *, waited, nodes=None):
    return failure_of(
        waits, events, display_name="Jupyter", waited=waited, wait_for_room=60, nodes=nodes
    )


def node(labels=None, taints=(), **allocatable):
    amounts = {GPU if name == "gpu" else name: value for name, value in allocatable.items()}
    return NodeFacts(allocatable=amounts, labels=labels or {}, taints=taints)


# -- GPUs


def test_no_gpu_free_is_said_at_once_with_how_many_there_are():
    said = f"0/1 nodes are available: 1 Insufficient {GPU}.{NO_VICTIMS}"
    message, error = told(said, [node(gpu="2", cpu="8")], **asking(gpu="1"))
    assert message == "No GPU is free (0 of 2); waiting for one."
    with pytest.raises(NoGpuFree) as failure:
        raise error
    assert failure.value.message == (
        "No GPU is free (0 of 2), and that did not change within 60 seconds, so Jupyter was not "
        "started. Stop a service of yours that has a GPU, or launch this one again later."
    )
    assert failure.value.status_code == 409


def test_without_the_nodes_no_number_is_made_up():
    said = f"0/1 nodes are available: 1 Insufficient {GPU}."
    message, error = told(said, **asking(gpu="1"))
    assert message == "No GPU is free; waiting for one."
    assert isinstance(error, NoGpuFree)
    message, _ = told(said, **asking(gpu="2"))
    assert message == "No node has 2 GPUs free; waiting for them."


def test_several_gpus_must_be_free_on_one_node():
    said = f"0/2 nodes are available: 2 Insufficient {GPU}."
    nodes = [node(gpu="4"), node(gpu="4")]
    message, error = told(said, nodes, **asking(gpu="3"))
    assert message == "No node has 3 GPUs free (this cluster has 8); waiting for them."
    assert isinstance(error, NoGpuFree)


def test_more_gpus_than_any_node_has_are_never_free():
    said = f"0/2 nodes are available: 2 Insufficient {GPU}."
    message, error = told(said, [node(gpu="2"), node(gpu="4")], **asking(gpu="8"))
    assert message == "No node of this cluster has 8 GPUs (the best has 4); waiting for them."
    with pytest.raises(GpuMissing):
        raise error


def test_a_cluster_without_such_a_gpu_says_so():
    said = f"0/1 nodes are available: 1 Insufficient {GPU}."
    message, error = told(said, [node(cpu="8")], **asking(gpu="1"))
    assert message == f"This cluster has no GPU of the kind {GPU}; waiting for one."
    assert isinstance(error, GpuMissing)
    assert error.message.startswith(f"This cluster has no GPU of the kind {GPU}, so Jupyter was")


def test_the_labels_of_the_wanted_gpu_are_named():
    said = f"0/2 nodes are available: 1 Insufficient {GPU}, 1 node(s) didn't match Pod's node "
    said += "affinity/selector."
    nodes = [node({"gpu": "a100"}, cpu="8"), node({"gpu": "t4"}, gpu="4")]
    message, _ = told(said, nodes, nodeSelector={"gpu": "a100"}, **asking(gpu="1"))
    assert message == (
        f"This cluster has no GPU of the kind {GPU} on a node with the label gpu=a100; waiting for "
        "one."
    )


def test_a_share_of_a_gpu_is_named_in_full():
    said = "0/1 nodes are available: 1 Insufficient nvidia.com/mig-1g.5gb."
    resources = {"limits": {"nvidia.com/mig-1g.5gb": "1"}}
    nodes = [NodeFacts(allocatable={"nvidia.com/mig-1g.5gb": "7"})]
    message, _ = told(said, nodes, containers=[container(resources=resources)])
    assert message == "No GPU of the kind nvidia.com/mig-1g.5gb is free (0 of 7); waiting for one."


def test_a_free_gpu_beside_a_full_processor_is_not_called_taken():
    # The nodes without a GPU lack one, of course; the only one with GPUs lacks processors.
    said = f"0/3 nodes are available: 1 Insufficient cpu, 2 Insufficient {GPU}.{NO_VICTIMS}"
    nodes = [node(cpu="16"), node(cpu="16"), node(cpu="16", gpu="4")]
    message, error = told(said, nodes, **asking(gpu="1", cpu="8"))
    assert message == "No node has 8 CPUs free; waiting for room."
    assert isinstance(error, NoRoom)
    # With the nodes unknown, the GPU is the better guess.
    message, _ = told(said, **asking(gpu="1", cpu="8"))
    assert message == "No GPU is free; waiting for one."


def test_gpus_behind_a_taint_are_not_called_taken():
    said = f"0/2 nodes are available: 1 Insufficient {GPU}, 1 node(s) had untolerated taint(s)."
    taint = {"key": GPU, "value": "true", "effect": "NoSchedule"}
    nodes = [node(cpu="8"), node(gpu="4", taints=[taint])]
    message, error = told(said, nodes, **asking(gpu="1"))
    assert message == "The nodes with a GPU are closed to it; waiting for one."
    assert isinstance(error, NoNodeFits)


# -- room


@pytest.mark.parametrize(
    ("said", "asked", "message"),
    [
        ("1 Insufficient cpu", {"cpu": "8"}, "No node has 8 CPUs free"),
        ("1 Insufficient cpu", {"cpu": "1"}, "No node has 1 CPU free"),
        ("1 Insufficient cpu", {"cpu": "1500m"}, "No node has 1.5 CPUs free"),
        ("1 Insufficient memory", {"memory": "64Gi"}, "No node has 64 GiB of memory free"),
        ("1 Insufficient memory", {"memory": "68719476736"}, "No node has 64 GiB of memory free"),
        (
            "1 Insufficient cpu, 2 Insufficient memory",
            {"cpu": "8", "memory": "64Gi"},
            "No node has 8 CPUs and 64 GiB of memory free",
        ),
        (
            "2 Insufficient ephemeral-storage",
            {"ephemeral-storage": "10Gi"},
            "No node has 10 GiB of disk space free",
        ),
        ("1 Insufficient smarter/fuse", {"smarter/fuse": "1"}, "No node has 1 smarter/fuse free"),
        ("1 Insufficient memory", {}, "No node has memory free"),
        ("3 Too many pods", {}, "Every node already runs as many pods as it may"),
    ],
)
def test_what_is_short_is_named_with_what_was_asked(said, asked, message):
    spec = {"containers": [container(resources={"requests": asked})]}
    told_message, error = told(f"0/3 nodes are available: {said}.{NO_VICTIMS}", **spec)
    assert told_message == f"{message}; waiting for room."
    with pytest.raises(NoRoom) as failure:
        raise error
    assert failure.value.message.startswith(f"{message}, and no room was made within 60 seconds")


def test_more_than_the_largest_node_has_is_told_with_what_it_has():
    said = "0/2 nodes are available: 2 Insufficient cpu."
    message, _ = told(said, [node(cpu="3920m"), node(cpu="2")], **asking(cpu="8"))
    assert (
        message == "No node has 8 CPUs free (the largest has 3.92 CPUs in all); waiting for room."
    )


def test_all_containers_of_a_pod_count():
    spec = {
        "containers": [
            container(resources={"requests": {"cpu": "2"}}),
            container("extra", resources={"limits": {"cpu": "1"}}),
        ],
        "initContainers": [
            container("sidecar", resources={"requests": {"cpu": "1"}}, restartPolicy="Always"),
            container("setup", resources={"requests": {"cpu": "3"}}),
        ],
    }
    said = "0/1 nodes are available: 1 Insufficient cpu."
    assert told(said, **spec)[0].startswith("No node has 4 CPUs free")
    spec["initContainers"][1]["resources"]["requests"]["cpu"] = "9"
    assert told(said, **spec)[0].startswith("No node has 9 CPUs free")


# -- the kind of node


def test_a_label_that_no_node_carries_is_named():
    said = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
    selector = {"gpu": "a100", "zone": "b"}
    message, error = told(said, [node({"zone": "b"})], nodeSelector=selector)
    assert message == "No node carries the label gpu=a100, which it asks for; waiting for one."
    with pytest.raises(NoNodeFits) as failure:
        raise error
    assert failure.value.message.startswith(
        "No node carries the label gpu=a100, which it asks for, so Jupyter was not started."
    )
    message, _ = told(said, nodeSelector=selector)
    assert message.startswith("No node carries the labels gpu=a100 and zone=b, which it asks for")
    assert told(said)[0] == "No node is of the kind that it asks for; waiting for one."


def test_a_required_affinity_is_named():
    def term(key, *values):
        return {"matchExpressions": [{"key": key, "operator": "In", "values": list(values)}]}

    terms = {"nodeSelectorTerms": [term("zone", "a", "b"), term("pool", "users")]}
    required = {"requiredDuringSchedulingIgnoredDuringExecution": terms}
    said = "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector."
    message, _ = told(said, affinity={"nodeAffinity": required})
    assert message.startswith("No node carries the label zone In (a, b) or pool In (users), which")


@pytest.mark.parametrize(
    "reason",
    [
        "1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }",
        "3 node(s) had untolerated taint(s)",
        "1 node(s) were unschedulable, 2 node(s) had untolerated taint {dedicated: hub}",
    ],
)
def test_closed_nodes_are_told(reason):
    message, error = told(f"0/3 nodes are available: {reason}. preemption: 0/3 nodes are available")
    assert message.startswith("Every node that could run it is closed to it: reserved for others")
    assert isinstance(error, NoNodeFits)


def test_a_closed_node_with_the_label_is_not_called_missing():
    said = "0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
    said += "1 node(s) had untolerated taint(s)."
    nodes = [node({"gpu": "a100"}, taints=[{"key": "x", "effect": "NoSchedule"}]), node()]
    assert told(said, nodes, nodeSelector={"gpu": "a100"})[0].startswith("Every node that could")
    message, _ = told(said, nodes[1:], nodeSelector={"gpu": "a100"})
    assert message.startswith("No node carries the label gpu=a100")


def test_a_reason_that_nobody_foresaw_is_repeated():
    said = "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports."
    message, error = told(said)
    assert message == (
        "No node can run it: 1 node(s) didn't have free ports for the requested pod ports; waiting "
        "for one."
    )
    assert isinstance(error, NoNodeFits)


def test_a_cluster_without_nodes_says_so():
    message, _ = told("no nodes available to schedule pods")
    assert message == "The cluster has no node at all; waiting for one."


# -- volumes


@pytest.mark.parametrize(
    "reason",
    [
        "pod has unbound immediate PersistentVolumeClaims",
        'persistentvolumeclaim "work-alice" not found',
        "1 node(s) didn't match PersistentVolume's node affinity",
        "1 node(s) did not have enough free storage",
        "1 node(s) exceed max volume count",
    ],
)
def test_a_volume_that_is_not_bound_is_told(reason):
    message, error = told(f"0/1 nodes are available: {reason}. preemption: 0/1 nodes are ava")
    assert message == f"Its volume is not ready: {reason}; waiting for it."
    with pytest.raises(VolumeNotReady) as failure:
        raise error
    assert failure.value.message.startswith(
        f"The volume for Jupyter could not be made ready within 60 seconds ({reason})."
    )


def test_a_volume_of_another_service_is_told():
    said = "0/1 nodes are available: 1 node(s) unavailable due to PersistentVolumeClaim with "
    said += "ReadWriteOncePod access mode already in-use by another pod."
    message, error = told(said)
    assert message == "Its volume is in use by another service; waiting until it is free."
    with pytest.raises(VolumeInUse, match="Stop the service that has it"):
        raise error


# -- when


def test_a_pod_that_the_scheduler_has_not_seen_waits_without_a_reason():
    new = pod(placed=False, status_more={"conditions": []})
    assert phase_of(new, [], waited=1).message == "Waiting for a place in the cluster"
    assert look(new, waited=600) is None


def test_the_event_is_used_before_the_condition_is_there():
    said = event("FailedScheduling", f"0/1 nodes are available: 1 Insufficient {GPU}.")
    # The scheduler's events have a time of their own (events.k8s.io/v1).
    said |= {"firstTimestamp": None, "lastTimestamp": None, "eventTime": "2026-11-25T10:00:00.5Z"}
    new = pod(placed=False, spec=asking(gpu="1"), status_more={"conditions": None})
    assert phase_of(new, [said], waited=1).message == "No GPU is free; waiting for one."


def test_a_new_node_on_its_way_is_waited_for():
    waits = unplaced("0/1 nodes are available: 1 Insufficient cpu.", spec=asking(cpu="8"))
    scaling = event("TriggeredScaleUp", "pod triggered scale-up: [{pool 1->2 (max: 5)}]")
    assert phase_of(waits, [scaling], waited=90).message == (
        "No node has 8 CPUs free; a new node is being started for it."
    )
    assert look(waits, [scaling], waited=600) is None
    assert isinstance(look(waits, waited=600), NoRoom)


def test_what_was_said_before_the_pod_had_a_place_is_forgotten():
    said = event("FailedScheduling", "0/1 nodes are available: 1 Insufficient cpu.")
    placed = pod()
    assert phase_of(placed, [said], waited=90).message == "Placed on a node, getting it ready"
    assert look(placed, [said], waited=90) is None
