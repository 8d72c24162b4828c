"""A service's Secret in the cluster: written before the pod, owned by it, gone with it.

The requests are those of the API server's reference (core/v1, Secret). Whoever calls sets the time
limit.
"""

from __future__ import annotations

import base64
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.manifests.names import env_key
from onyxia_hub.manifests.secret import owner_patch

__all__ = ["delete_secret", "own_secret", "read_secret_env", "write_secret"]

_NOT_FOUND = 404
_CONFLICT = 409


async def write_secret(api: Any, *, namespace: str, manifest: dict[str, Any]) -> None:
    """Create a Secret, or replace the one that a crash has left.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    namespace
        Where.
    manifest
        What `onyxia_hub.manifests.secret.secret_manifest` returns.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    """
    try:
        await api.create_namespaced_secret(namespace, manifest)
    except ApiException as error:
        if error.status != _CONFLICT:
            raise
        await api.replace_namespaced_secret(manifest["metadata"]["name"], namespace, manifest)


async def own_secret(api: Any, *, namespace: str, name: str, pod_name: str) -> None:
    """Make a pod that exists the owner of a Secret.

    Parameters
    ----------
    api, namespace
        As for `write_secret`.
    name, pod_name
        The Secret and its owner.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    """
    pod = await api.read_namespaced_pod(pod_name, namespace)
    patch = owner_patch(pod_name=pod_name, pod_uid=pod.metadata.uid)
    await api.patch_namespaced_secret(name, namespace, patch)


async def read_secret_env(api: Any, *, namespace: str, name: str) -> dict[str, str]:
    """Return the environment variables in a Secret; empty if there is no such Secret.

    Parameters
    ----------
    api, namespace
        As for `write_secret`.
    name
        The Secret.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    """
    try:
        secret = await api.read_namespaced_secret(name, namespace)
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
        return {}
    prefix = env_key("")
    return {
        key.removeprefix(prefix): base64.b64decode(value).decode("utf-8")
        for key, value in (secret.data or {}).items()
        if key.startswith(prefix)
    }


async def delete_secret(api: Any, *, namespace: str, name: str) -> None:
    """Delete a Secret, which may be gone already: Kubernetes deletes it with its owner.

    Parameters
    ----------
    api, namespace
        As for `write_secret`.
    name
        The Secret.

    Raises
    ------
    kubernetes_asyncio.client.exceptions.ApiException
        If the API server refuses.
    """
    try:
        await api.delete_namespaced_secret(name, namespace)
    except ApiException as error:
        if error.status != _NOT_FOUND:
            raise
