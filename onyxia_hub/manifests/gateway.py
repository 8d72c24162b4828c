"""The gateway's container, beside that of the program."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from onyxia_hub.gateway.config import CONFIG_VARIABLE, GatewayConfig
from onyxia_hub.manifests.pod import restricted_security_context, startup_probe
from onyxia_hub.settings import GatewaySettings

__all__ = ["CONTAINER", "HEALTH_PATH", "PORT_NAME", "UID", "gateway_container"]

CONTAINER = "gateway"
"""Its name."""

HEALTH_PATH = "_gateway/health"
"""Path below the service's own that tells, without a login, whether the program is ready."""

PORT_NAME = "notebook-port"
"""Name of the port by which KubeSpawner finds where a service listens."""

UID = 65532
"""Not the program's: what a user starts can neither stop the gateway nor read its memory."""


def gateway_container(
    config: GatewayConfig,
    *,
    settings: GatewaySettings,
    env: Iterable[Any],
    prefix: str,
    pull_policy: str,
    seconds: int,
) -> dict[str, Any]:
    """Return the container.

    It gets what JupyterHub tells a service, and none of the service's credentials. The pod's
    processes are one namespace, in which it sees terminals at work.

    Parameters
    ----------
    config
        What the profile says.
    settings
        The site's.
    env
        Environment of the program's container (``V1EnvVar``), with JupyterHub's variables in it.
    prefix
        The service's path at the hub, with a slash at both ends.
    pull_policy
        When nodes fetch the image.
    seconds
        How long the program may take to be ready.

    Returns
    -------
    dict
        A core/v1 Container in the API's JSON form.
    """
    of_jupyterhub = [item for item in env if item.name.startswith("JUPYTERHUB_")]
    return {
        "name": CONTAINER,
        "image": settings.image,
        "imagePullPolicy": pull_policy,
        "command": ["python", "-m", "onyxia_hub.gateway"],
        "env": [*of_jupyterhub, {"name": CONFIG_VARIABLE, "value": config.to_json()}],
        "ports": [{"name": PORT_NAME, "containerPort": config.port}],
        "resources": {
            "requests": {"cpu": settings.cpu_request, "memory": settings.memory_request},
            "limits": {"cpu": settings.cpu_limit, "memory": settings.memory_limit},
        },
        "securityContext": {
            **restricted_security_context(),
            "runAsUser": UID,
            "runAsGroup": UID,
            "readOnlyRootFilesystem": True,
        },
        "startupProbe": startup_probe(
            path=f"{prefix}{HEALTH_PATH}", port=config.port, seconds=seconds
        ),
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
