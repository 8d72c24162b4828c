"""Parts of a service's pod: volumes, security context, probe, command."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from onyxia_hub.manifests.names import (
    COMMAND,
    CREDENTIALS_DIR,
    EXPIRES_ANNOTATION,
    MINTED_ANNOTATION,
    START_SCRIPT,
    file_key,
)

__all__ = [
    "credential_annotations",
    "credentials_volume",
    "persistent_volume",
    "restricted_security_context",
    "shared_memory_volume",
    "start_command",
    "startup_probe",
]

Volume = tuple[dict[str, Any], dict[str, Any]]


def credentials_volume(*, secret: str, files: Iterable[str]) -> Volume:
    """Return the volume and mount of the credentials directory.

    Only the files are in it, not the environment variables that are in the same Secret. The mount
    is of the whole directory because the kubelet never refreshes a ``subPath``.

    Parameters
    ----------
    secret
        Name of the Secret.
    files
        Names of the files.
    """
    volume = {
        "name": "onyxia-credentials",
        "secret": {
            "secretName": secret,
            # Readable by the volume's group (fsGroup), by nobody else.
            "defaultMode": 0o440,
            "items": [_item(name) for name in sorted(files)],
        },
    }
    mount = {"name": "onyxia-credentials", "mountPath": CREDENTIALS_DIR, "readOnly": True}
    return volume, mount


def _item(name: str) -> dict[str, Any]:
    if name == COMMAND:
        return {"key": file_key(name), "path": f"bin/{name}", "mode": 0o550}
    return {"key": file_key(name), "path": name}


def shared_memory_volume(size: str) -> Volume:
    """Return the volume and mount of ``/dev/shm``.

    Parameters
    ----------
    size
        Kubernetes quantity; what is used counts towards the memory limit.
    """
    volume = {"name": "onyxia-shm", "emptyDir": {"medium": "Memory", "sizeLimit": size}}
    return volume, {"name": "onyxia-shm", "mountPath": "/dev/shm"}  # noqa: S108  # in the pod


def persistent_volume(*, claim: str, mount_path: str) -> Volume:
    """Return the volume and mount of what outlives the service.

    Parameters
    ----------
    claim
        Name of the PersistentVolumeClaim.
    mount_path
        Where the program sees it.
    """
    volume = {"name": "onyxia-work", "persistentVolumeClaim": {"claimName": claim}}
    return volume, {"name": "onyxia-work", "mountPath": mount_path}


def restricted_security_context() -> dict[str, Any]:
    """Return the container's share of Kubernetes' Pod Security Standard ``restricted``."""
    return {
        "runAsNonRoot": True,
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def startup_probe(*, path: str, port: int, seconds: int) -> dict[str, Any]:
    """Return the probe that makes the pod ready once the program answers.

    A startup probe stops asking after its first success: thousands of running services cost no
    probes. There is no liveness probe, because a busy program must not be killed.

    Parameters
    ----------
    path
        Path that answers 200 to 399 when the program is ready.
    port
        Where it listens.
    seconds
        How long to ask, once a second, before the kubelet gives up.
    """
    return {
        "httpGet": {"path": path, "port": port, "scheme": "HTTP"},
        "periodSeconds": 1,
        "timeoutSeconds": 1,
        "failureThreshold": max(seconds, 1),
    }


def start_command(command: Sequence[str]) -> list[str]:
    """Return the container's command: the start script around the program.

    Parameters
    ----------
    command
        Program and arguments, as the kubelet reads them (``$(NAME)`` is a variable).
    """
    return ["sh", f"{CREDENTIALS_DIR}/{START_SCRIPT}", *command]


def credential_annotations(
    *, minted_at: datetime, expires_at: Mapping[str, datetime]
) -> dict[str, str]:
    """Return the annotations by which the hub knows, after a restart, what to refresh first.

    Parameters
    ----------
    minted_at
        When the credentials were minted (aware).
    expires_at
        When they end, by provider (aware).
    """
    annotations = {MINTED_ANNOTATION: minted_at.isoformat(timespec="seconds")}
    for provider, end in sorted(expires_at.items()):
        annotations[f"{EXPIRES_ANNOTATION}-{provider}"] = end.isoformat(timespec="seconds")
    return annotations
