"""The account and the namespace with which a hub under load works on the test cluster."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml

from tests.cluster import paths
from tests.cluster.client import kubectl

__all__ = ["account", "account_name"]


def account_name(namespace: str) -> str:
    """Return by which name the API server's audit log knows the hub of a namespace."""
    return f"system:serviceaccount:{namespace}:hub"


@contextmanager
def account(namespace: str, *, folder: Path) -> Iterator[Path]:
    """Have a namespace with the hub's account in it, and end both.

    Parameters
    ----------
    namespace
        Its name, also of the account's binding.
    folder
        Takes the kubeconfig.

    Yields
    ------
    Path
        The kubeconfig with which the hub reaches the API server.
    """
    try:
        kubectl("delete", "namespace", namespace, "--ignore-not-found", timeout=300)
        for manifest in _manifests(namespace):
            kubectl("apply", "-f", "-", input=json.dumps(manifest))
        yield _kubeconfig(namespace, folder)
    finally:
        kubectl("delete", "clusterrolebinding", namespace, "--ignore-not-found")
        kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false")


def _manifests(namespace: str) -> list[dict[str, object]]:
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}},
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "hub", "namespace": namespace},
        },
        {
            # It is the API server's load that is measured, not the hub's rights.
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": namespace},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "hub", "namespace": namespace}],
        },
    ]


def _kubeconfig(namespace: str, folder: Path) -> Path:
    token = kubectl("-n", namespace, "create", "token", "hub", "--duration=8h").strip()
    config = yaml.safe_load(paths.kubeconfig().read_text())
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    file.chmod(0o600)
    return file
