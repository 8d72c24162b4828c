"""The one Secret of a service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from onyxia_hub.manifests.names import env_key, file_key

__all__ = ["owner_patch", "renewal_patch", "secret_manifest"]


def secret_manifest(
    *,
    name: str,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    env: Mapping[str, str],
    files: Mapping[str, str],
) -> dict[str, Any]:
    """Return the Secret with everything of a service that others must not read.

    Parameters
    ----------
    name
        Its name.
    labels, annotations
        The pod's own, so that a sweep finds the Secrets of services.
    env
        Secret environment variables, the hub's token for the service among them.
    files
        Text by file name, for the credentials directory.
    """
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "labels": dict(labels), "annotations": dict(annotations)},
        "type": "Opaque",
        "stringData": _data(env, files),
    }


def renewal_patch(
    *, env: Mapping[str, str], files: Mapping[str, str], annotations: Mapping[str, str]
) -> dict[str, Any]:
    """Return the patch that gives a running service what was renewed; the rest stays.

    Parameters
    ----------
    env, files
        What is new, as for `secret_manifest`.
    annotations
        When it was renewed and when it ends.
    """
    return {
        "metadata": {"annotations": dict(annotations)},
        "stringData": _data(env, files),
    }


def _data(env: Mapping[str, str], files: Mapping[str, str]) -> dict[str, str]:
    data = {env_key(key): value for key, value in env.items()}
    return data | {file_key(key): value for key, value in files.items()}


def owner_patch(*, pod_name: str, pod_uid: str) -> dict[str, Any]:
    """Return the patch that makes a pod the owner of its Secret.

    Kubernetes then deletes the Secret with the pod, whatever happens to the hub.

    Parameters
    ----------
    pod_name, pod_uid
        The pod's name and uid; both are in ``metadata`` once it exists.
    """
    return {
        "metadata": {
            "ownerReferences": [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "name": pod_name,
                    "uid": pod_uid,
                    "blockOwnerDeletion": False,
                    "controller": False,
                }
            ]
        }
    }
