"""From KubeSpawner's pod to a service's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from onyxia_hub.manifests.names import service_account_name
from onyxia_hub.manifests.pod import (
    credentials_volume,
    persistent_volume,
    shared_memory_volume,
    start_command,
)

__all__ = ["complete_pod"]


def complete_pod(
    pod: Any,
    *,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    secret: str,
    files: Iterable[str],
    shared_memory: str | None,
    claim: tuple[str, str] | None,
    role: str,
    probe: Mapping[str, Any] | None,
    gateway: Any,
) -> Any:
    """Add what a service needs to the pod that KubeSpawner makes, and return it.

    Parameters
    ----------
    pod
        A ``V1Pod`` of kubernetes_asyncio; it is changed.
    labels, annotations
        What comes on top of KubeSpawner's own.
    secret, files
        Name of the service's Secret, and of the files in it.
    shared_memory
        Size of ``/dev/shm``, a Kubernetes quantity; ``None`` for the container runtime's own.
    claim
        Name and mount of the PersistentVolumeClaim, if there is one.
    role
        The service's role in the user's namespace, or ``none``. A service account of the site's
        own choice goes before it.
    probe
        What tells when the program is ready; the gateway's own, if there is one.
    gateway
        The container that stands in front of the program, or ``None``.
    """
    pod.metadata.labels |= labels
    pod.metadata.annotations |= annotations
    volumes = [credentials_volume(secret=secret, files=files)]
    if shared_memory is not None:
        volumes.append(shared_memory_volume(shared_memory))
    if claim is not None:
        volumes.append(persistent_volume(claim=claim[0], mount_path=claim[1]))
    if role != "none" and pod.spec.service_account_name is None:
        pod.spec.service_account_name = service_account_name(role)
        pod.spec.automount_service_account_token = True
    container = pod.spec.containers[0]
    pod.spec.volumes.extend(volume for volume, _ in volumes)
    container.volume_mounts.extend(mount for _, mount in volumes)
    # KubeSpawner sets `args`, which an image's own entry point would swallow.
    container.command, container.args = start_command(container.args), None
    # The last lines of a program that ended are then part of the pod, so nobody must read its log.
    container.termination_message_policy = "FallbackToLogsOnError"
    # Nobody asked for a variable for each Kubernetes Service in the namespace.
    pod.spec.enable_service_links = False
    container.startup_probe = probe
    if gateway is not None:
        # KubeSpawner looks for the name of the service's port in all containers.
        container.ports[0].name = "program"
        pod.spec.containers.insert(1, gateway)
        pod.spec.share_process_namespace = True
    return pod
