"""Pods and events in the API's JSON form, as short as a test can say them."""

from datetime import UTC, datetime, timedelta

MADE = datetime(2026, 11, 25, 10, 0, 0, tzinfo=UTC)
IMAGE = "registry.example.org/team/jupyter:2026.11"


def at(seconds):
    """Return the time so many seconds after the pod was made, as the API writes it."""
    return (MADE + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def container(name="notebook", *, image=IMAGE, memory="2147483648", env=(), **more):
    return {
        "name": name,
        "image": image,
        "env": [{"name": variable, "value": "x"} for variable in env],
        "resources": {
            "requests": {"cpu": "500m", "memory": memory},
            "limits": {"memory": memory},
        },
        **more,
    }


def status(state, *, name="notebook", last=None, restarts=0, ready=False):
    return {
        "name": name,
        "image": IMAGE,
        "ready": ready,
        "restartCount": restarts,
        "started": False,
        "state": state,
        "lastState": last or {},
    }


def waiting(reason, message=None):
    return {"waiting": {"reason": reason} | ({"message": message} if message else {})}


def running():
    return {"running": {"startedAt": at(5)}}


def terminated(code, message=None, *, reason="Error"):
    end = {"exitCode": code, "reason": reason, "startedAt": at(4), "finishedAt": at(6)}
    return {"terminated": end | ({"message": message} if message is not None else {})}


def pod(*statuses, placed=True, phase="Pending", spec=None, status_more=None, metadata=None):
    """Return a pod with one container unless `spec` says otherwise."""
    said = {"phase": phase, "conditions": [{"type": "PodScheduled", "status": "True"}]}
    if statuses:
        said["containerStatuses"] = list(statuses)
    return {
        "metadata": {
            "name": "onyxia-alice",
            "uid": "uid-of-the-pod",
            "creationTimestamp": at(0),
            **(metadata or {}),
        },
        "spec": {
            "containers": [container()],
            "restartPolicy": "OnFailure",
            **({"nodeName": "node1"} if placed else {}),
            **(spec or {}),
        },
        "status": said | (status_more or {}),
    }


def unplaced(message, *, reason="Unschedulable", spec=None):
    """Return a pod that the scheduler could not place."""
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": reason,
        "message": message,
        "lastTransitionTime": at(0),
    }
    return pod(placed=False, spec=spec, status_more={"conditions": [condition]})


def event(reason, message="", *, seconds=1.0, kind="Warning", of="Pod", uid="uid-of-the-pod"):
    """Return an event as the kubelet and the controllers write it."""
    return {
        "metadata": {"name": "onyxia-alice.1", "uid": f"event-{reason}-{seconds}"},
        "involvedObject": {"kind": of, "name": "onyxia-alice", "uid": uid},
        "type": kind,
        "reason": reason,
        "message": message,
        "firstTimestamp": at(seconds),
        "lastTimestamp": at(seconds),
        "eventTime": None,
        "count": 1,
    }
