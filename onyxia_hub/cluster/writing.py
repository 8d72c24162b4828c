"""Which container's output tells how far a pod is."""

from __future__ import annotations

from onyxia_hub.cluster.observed import ContainerView, PodView

__all__ = ["writing_container"]


def writing_container(pod: PodView) -> ContainerView | None:
    """Return the container that writes, or wrote last; ``None`` as long as none was started.

    That is the service's own once it was started, and before that the site's init container that
    runs, or else the last one that ran.

    Parameters
    ----------
    pod
        The pod.
    """
    if pod.main.running or pod.main.end:
        return pod.main
    steps = [container for container in pod.init_containers if not container.is_sidecar]
    started = [step for step in steps if step.running or step.end]
    return started[-1] if started else None
