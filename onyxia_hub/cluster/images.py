"""Why an image could not be fetched.

The kubelet's reasons are in pkg/kubelet/images/types.go and in k8s.io/cri-api pkg/errors; what
follows them is prose of the container runtime: containerd's (core/remotes/docker), CRI-O's
(containers/image) and Docker's differ, and all repeat what the registry said (OCI Distribution
Specification, "Error Codes").
"""

from __future__ import annotations

import re

from onyxia_hub.cluster.observed import ContainerView, PodView
from onyxia_hub.errors import (
    ImageForbidden,
    ImageNameInvalid,
    ImageNotFound,
    ImageUnusable,
    LaunchError,
    RegistryAway,
)
from onyxia_hub.language import Said

__all__ = ["image_failure", "is_image_trouble"]

#: For how many seconds a registry may be out of reach; the kubelet tries again after 10.
_GRACE = 20

_BY_REASON: dict[str, type[LaunchError]] = {
    "ErrImageNeverPull": ImageNotFound,
    "InvalidImageName": ImageNameInvalid,
    "RegistryUnavailable": RegistryAway,
    "SignatureValidationFailed": ImageUnusable,
}
_TROUBLE = {*_BY_REASON, "ErrImagePull", "ImagePullBackOff", "ImageInspectError"}
_PULL_FAILED = "Failed to pull image"

# In this order: an answer that never came tells nothing of the image, and "not found" is also how
# containerd ends what it says of a wrong platform.
_AWAY = re.compile(
    r"dial tcp|no such host|server misbehaving|connection (refused|reset)|i/o timeout|\bEOF\b|"
    r"deadline exceeded|TLS handshake|tls:|x509|proxyconnect|registry is unavailable|"
    r"too ?many ?requests|\b(429|50[0-4])\b|no space left",
    re.IGNORECASE,
)
_PLATFORM = re.compile(
    r"no match for platform|no matching manifest|no image found in (the )?"
    r"(image index|manifest list)",
    re.IGNORECASE,
)
_UNUSABLE = re.compile(r"signature|unsupported (media|manifest)|mediatype|schema 1", re.IGNORECASE)
_FORBIDDEN = re.compile(
    r"unauthorized|authentication required|access denied|\bdenied\b|forbidden|insufficient_scope|"
    r"authorization failed|\b40[13]\b|no basic auth credentials",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"not ?found|manifest[ _]unknown|name[ _]unknown|\b404\b|does not exist", re.IGNORECASE
)
_BY_WORDS: tuple[tuple[re.Pattern[str], type[LaunchError]], ...] = (
    (_AWAY, RegistryAway),
    (_PLATFORM, ImageUnusable),
    (_UNUSABLE, ImageUnusable),
    (_FORBIDDEN, ImageForbidden),
    (_MISSING, ImageNotFound),
)


def is_image_trouble(container: ContainerView) -> bool:
    """Return whether a container waits because of its image."""
    return container.waits_for in _TROUBLE


def image_failure(pod: PodView, container: ContainerView) -> LaunchError | None:
    """Return why a container's image can't be had; ``None`` if there is no such trouble (yet).

    Parameters
    ----------
    pod
        The pod.
    container
        One of its containers.
    """
    if not is_image_trouble(container):
        return None
    said = _said(pod, container)
    # The image's name may hold any of the words.
    words = re.sub(r'"[^"]*"', '""', said).replace(container.image, "")
    kind: type[LaunchError] = _BY_REASON.get(container.waits_for) or next(
        (kind for pattern, kind in _BY_WORDS if pattern.search(words)), RegistryAway
    )
    image = pod.quote(container.image)
    if kind is RegistryAway:
        if pod.age(pod.first("Failed", saying=_PULL_FAILED)) < _GRACE:
            return None
        return RegistryAway(
            image=image, detail=pod.quote(_cause(said)) or Said("no reason was given")
        )
    if kind is ImageUnusable:
        platform = _PLATFORM.search(words)
        detail = (
            Said("it is made for another kind of processor")
            if platform
            else pod.quote(_cause(said))
        )
        return ImageUnusable(image=image, detail=detail)
    return kind(image=image)


def _said(pod: PodView, container: ContainerView) -> str:
    """Return the runtime's words; older kubelets have them in an event only."""
    head, found, told = container.waiting_message.partition("ErrImagePull: ")
    said = told if found else head
    if found or not said.startswith("Back-off pulling image") or ": " in said:
        return said
    for event in reversed(pod.events):
        if event.message.startswith(_PULL_FAILED) and container.image in event.message:
            return event.message.partition(": ")[2]
    return ""


def _cause(said: str) -> str:
    """Return what comes after the steps that led to it, which quote the names they dealt with."""
    return said.rpartition('": ')[2].removeprefix("rpc error: ")
