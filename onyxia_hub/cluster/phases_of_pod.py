"""How far a pod is, in words for the person who waits for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from onyxia_hub.cluster.gpus import NodeFacts
from onyxia_hub.cluster.images import is_image_trouble
from onyxia_hub.cluster.observed import ContainerView, PodView
from onyxia_hub.cluster.requests import together
from onyxia_hub.cluster.room import shortage_of
from onyxia_hub.cluster.volumes import volume_trouble
from onyxia_hub.language import Said
from onyxia_hub.manifests.names import INIT_SCRIPT

__all__ = ["Phase", "phase_of"]

# Seconds are told in steps: each new message is an event for every page that watches.
_STEP = 5
_PULL_EVENTS = ("Pulling", "Pulled")
# pkg/kubelet/images/image_manager.go: the time of the pull itself, as Go writes durations.
_PULLED_IN = re.compile(r"^Successfully pulled image .* in ([0-9hms.µn]+)")
_DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:([\d.]+)s)?")
# What the kubelet says of a probe that got an answer: the program listens.
_ANSWERED = "statuscode"


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a start.

    Parameters
    ----------
    percent
        From 30 to 95.
    message
        A sentence for the person.
    """

    percent: int
    message: str


def phase_of(
    pod: Mapping[str, Any] | None,
    events: Sequence[Mapping[str, Any]],
    *,
    waited: float,
    nodes: Sequence[NodeFacts] | None = None,
    secrets: Iterable[str] = (),
) -> Phase:
    """Return how far a pod is.

    A later phase has a higher percent, but a pod can fall back: whoever shows a bar must not.

    Parameters
    ----------
    pod
        The pod (core/v1 Pod in the API's JSON form); ``None`` if the cluster has none yet.
    events
        The pod's events, the latest last.
    waited
        Seconds since the pod was made.
    nodes
        The cluster's nodes; ``None`` if they are not known, and then their numbers are left out.
    secrets
        What no message may hold.
    """
    view = PodView(pod or {}, events, waited=waited, secrets=tuple(secrets))
    if (shortage := shortage_of(view, nodes)) is not None:
        return Phase(32, shortage.message(view))
    if not view.placed:
        return Phase(30, Said("Waiting for a place in the cluster"))
    if view.is_ready:
        return Phase(95, Said("It answers"))
    if view.main.running or view.main.end:
        return _running(view)
    return _preparing(view)


def _preparing(pod: PodView) -> Phase:
    """Return how far a pod is that has a place and whose program was never started."""
    volume, image = volume_trouble(pod), pod.last(*_PULL_EVENTS)
    if volume is not None:
        told = pod.quote(volume.message) or volume.reason
        phase = Phase(
            42, Said("Its volume can't be attached yet, trying again: {detail}", detail=told)
        )
    elif any(map(is_image_trouble, [pod.main, *pod.init_containers])):
        phase = Phase(50, Said("Its image could not be fetched yet, trying again"))
    elif image is not None and image.reason == "Pulling":
        name = pod.quote(_image_in(image.message) or pod.main.image)
        phase = Phase(50, _fetching(name, pod.age(image)))
    elif (step := _preparation(pod)) is not None:
        phase = Phase(58, step)
    elif image is not None:
        phase = Phase(65, _starting(image.message))
    elif pod.claims and pod.last("SuccessfulAttachVolume") is not None:
        phase = Phase(45, Said("Its volume is attached, getting it ready"))
    elif pod.claims:
        phase = Phase(42, Said("Placed on a node, attaching its volume"))
    else:
        phase = Phase(40, Said("Placed on a node, getting it ready"))
    return phase


def _running(pod: PodView) -> Phase:
    """Return how far a pod is whose program was started at least once."""
    main = pod.main
    if not main.running:
        ended = (
            Said("It ended with exit code {exit_code}", exit_code=main.exit_code)
            if pod.is_over
            else Said(
                "It ended with exit code {exit_code}; it is started again", exit_code=main.exit_code
            )
        )
        return Phase(75, ended)
    probe = pod.last("Unhealthy")
    work = _work_of_start_script(pod)
    # The last probe may be one of an earlier run of the program, which had come further.
    if work and not (probe is not None and _ANSWERED in probe.message and not main.restarts):
        return Phase(
            75,
            Said("Running the start script again ({work}), then the program", work=together(work))
            if main.restarts
            else Said("Running the start script ({work}), then the program", work=together(work)),
        )
    return Phase(
        85,
        Said("The program was started again; waiting for it to answer")
        if main.restarts
        else Said("The program was started; waiting for it to answer"),
    )


def _preparation(pod: PodView) -> str | None:
    """Return which of the site's own init containers runs; ``None`` if none does."""
    steps = [container for container in pod.init_containers if not container.is_sidecar]
    for number, container in enumerate(steps, 1):
        if container.running:
            return Said(
                "Running the preparation step “{name}” ({number} of {count})",
                name=container.name,
                number=number,
                count=len(steps),
            )
    return None


def _work_of_start_script(pod: PodView) -> list[str]:
    """Return what the start script does before it becomes the program."""
    work: list[str] = []
    if "GIT_REPOSITORY" in _variables(pod.main):
        work.append(Said("cloning the repository"))
    if INIT_SCRIPT in _secret_files(pod):
        work.append(Said("running your init script"))
    return work


def _variables(container: ContainerView) -> set[str]:
    env = container.spec.get("env")
    entries = env if isinstance(env, list) else []
    return {str(entry.get("name")) for entry in entries if isinstance(entry, Mapping)}


def _secret_files(pod: PodView) -> set[str]:
    """Return the names of the files that the pod mounts from Secrets."""
    volumes = pod.spec.get("volumes")
    found = set()
    for volume in volumes if isinstance(volumes, list) else []:
        source = volume.get("secret") if isinstance(volume, Mapping) else None
        items = source.get("items") if isinstance(source, Mapping) else None
        found |= {str(item.get("path")) for item in items or [] if isinstance(item, Mapping)}
    return found


def _image_in(message: str) -> str:
    """Return the image's name in an event, which may be another container's than the service's."""
    found = re.search(r'image "([^"]+)"', message)
    return found[1] if found else ""


def _fetching(image: str, seconds: float) -> Said:
    told = int(seconds) // _STEP * _STEP
    if told <= 0:
        return Said("Fetching the image {image}", image=image)
    return Said("Fetching the image {image} ({seconds} s so far)", image=image, seconds=told)


def _starting(message: str) -> Said:
    found = _PULLED_IN.match(message)
    parts = _DURATION.match(found[1]) if found else None
    if parts is None or not parts[0]:
        return Said("Starting the program")
    hours, minutes, seconds = (float(part or 0) for part in parts.groups())
    return Said(
        "Starting the program (its image was fetched in {seconds} s)",
        seconds=round(hours * 3600 + minutes * 60 + seconds),
    )
