"""Why a pod waits for its volumes."""

from __future__ import annotations

from onyxia_hub.cluster.observed import Event, PodView
from onyxia_hub.errors import LaunchError, VolumeInUse, VolumeNotReady

__all__ = ["claim_trouble", "volume_failure", "volume_trouble"]

#: For how many seconds attaching and mounting may fail: the disk of a service that was just stopped
#: takes most of a minute to come free.
_GRACE = 60
#: A volume that can't be made is refused by its storage class, which seldom changes its mind.
_CLAIM_GRACE = 25

# Source: pkg/kubelet/events, pkg/controller/volume/events.
_MOUNT_FAILED = ("FailedAttachVolume", "FailedMapVolume", "FailedMount")
_GOES_ON = ("SuccessfulAttachVolume", "Pulling", "Pulled", "Created", "Started")
_CLAIM_FAILED = ("FailedBinding", "ProvisioningFailed")
_CLAIM_GOES_ON = ("ProvisioningSucceeded",)


def claim_trouble(pod: PodView) -> Event | None:
    """Return the event that tells why a volume can't be made; ``None`` if nothing does."""
    for event in reversed(pod.about_claims):
        if event.reason in _CLAIM_GOES_ON or pod.placed:
            break
        if event.reason in _CLAIM_FAILED:
            return event
    return None


def volume_trouble(pod: PodView) -> Event | None:
    """Return the event that tells what keeps a volume from the pod; ``None`` if nothing does."""
    if (event := claim_trouble(pod)) is not None:
        return event
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
    of_claim = trouble.reason in _CLAIM_FAILED
    source = pod.about_claims if of_claim else pod.events
    first = next(event for event in source if event.reason == trouble.reason)
    seconds = int(pod.age(first))
    if seconds < (_CLAIM_GRACE if of_claim else _GRACE):
        return None
    if "Multi-Attach" in trouble.message or "already used by" in trouble.message:
        return VolumeInUse(display_name=display_name, seconds=seconds)
    detail = pod.quote(trouble.message) or "no reason was given"
    return VolumeNotReady(display_name=display_name, seconds=seconds, detail=detail)
