"""Why a pod that has a place waits for its volumes.

Why a volume can't be made stands in the claim's events, which the hub does not see: KubeSpawner
watches those of pods only. `onyxia_hub.cluster.room` tells what the scheduler says of it.
"""

from __future__ import annotations

from onyxia_hub.cluster.observed import Event, PodView
from onyxia_hub.errors import LaunchError, VolumeInUse, VolumeNotReady
from onyxia_hub.language import Said

__all__ = ["volume_failure", "volume_trouble"]

#: For how many seconds attaching and mounting may fail: the disk of a service that was just stopped
#: takes most of a minute to come free.
_GRACE = 60

# Source: pkg/kubelet/events, pkg/controller/volume/events.
_MOUNT_FAILED = ("FailedAttachVolume", "FailedMapVolume", "FailedMount")
_GOES_ON = ("SuccessfulAttachVolume", "Pulling", "Pulled", "Created", "Started")


def volume_trouble(pod: PodView) -> Event | None:
    """Return the event that tells what keeps a volume from the pod; ``None`` if nothing does."""
    latest = pod.last(*_MOUNT_FAILED, *_GOES_ON)
    return latest if latest is not None and latest.reason in _MOUNT_FAILED else None


def volume_failure(pod: PodView, *, display_name: str) -> LaunchError | None:
    """Return why a volume can't be had; ``None`` if nothing is wrong, or it may pass.

    Parameters
    ----------
    pod
        The pod.
    display_name
        The service's name.
    """
    trouble = volume_trouble(pod)
    if trouble is None:
        return None
    seconds = int(pod.age(pod.first(trouble.reason)))
    if seconds < _GRACE:
        return None
    if "Multi-Attach" in trouble.message or "already used by" in trouble.message:
        return VolumeInUse(display_name=display_name, seconds=seconds)
    detail = pod.quote(trouble.message) or Said("no reason was given")
    return VolumeNotReady(display_name=display_name, seconds=seconds, detail=detail)
