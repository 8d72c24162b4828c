"""A plain JupyterHub with KubeSpawner, as its documentation sets one up, to measure beside."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from tests.bench.service import plain_traits
from tests.bench.side import Side
from tests.cluster import images, site
from tests.cluster.client import kubectl

__all__ = ["NAMESPACE", "plain_hub"]

NAMESPACE = "bench-plain"
"""Where the plain hub and its services are."""

_PORT = 30081
_USER = "bench"
_CONFIG = """\
import os

c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://0.0.0.0:8000"
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.hub_connect_url = "http://hub.{namespace}:8081"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.services = [{{"name": "operator", "api_token": os.environ["OPERATOR_TOKEN"]}}]
c.JupyterHub.load_roles = [{{"name": "admin", "services": ["operator"]}}]
# Answers a request after a second, as Onyxia Hub does, so that both are asked alike.
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 1}}
for name, value in {traits!r}.items():
    setattr(c.KubeSpawner, name, value)
"""
_RBAC = "rbac.authorization.k8s.io"


@contextmanager
def plain_hub() -> Iterator[Side]:
    """Run a plain hub on the cluster while something is measured.

    Yields
    ------
    Side
        The hub, with a user.
    """
    token = secrets.token_hex(32)
    side = Side(
        name="plain",
        url=f"http://{urlsplit(site.URL).hostname}:{_PORT}",
        token=token,
        user=_USER,
        options={"user_options": {}},
        namespace=NAMESPACE,
        account=f"system:serviceaccount:{NAMESPACE}:hub",
    )
    try:
        _delete()  # what a run that was killed has left
        for manifest in _manifests(token):
            kubectl("apply", "-f", "-", input=json.dumps(manifest))
        kubectl("-n", NAMESPACE, "rollout", "status", "deploy/hub", "--timeout=120s", timeout=130)
        # The way from outside is there a little later.
        side.wait_for_hub()
        side.call("POST", "")
        yield side
    finally:
        _delete()


def _delete() -> None:
    kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", timeout=300)


def _manifests(token: str) -> list[dict[str, Any]]:
    config = _CONFIG.format(namespace=NAMESPACE, traits=plain_traits())
    labels = {"app": "plain"}
    ports = [{"name": "proxy", "port": 8000, "nodePort": _PORT}, {"name": "hub", "port": 8081}]
    rule = {
        "apiGroups": [""],
        "resources": ["pods", "persistentvolumeclaims", "events"],
        "verbs": ["get", "list", "watch", "create", "delete"],
    }
    binding = {
        "roleRef": {"apiGroup": _RBAC, "kind": "Role", "name": "hub"},
        "subjects": [{"kind": "ServiceAccount", "name": "hub", "namespace": NAMESPACE}],
    }
    template = {"metadata": {"labels": labels}, "spec": _pod()}
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        _object("v1", "ServiceAccount"),
        _object(f"{_RBAC}/v1", "Role", rules=[rule]),
        _object(f"{_RBAC}/v1", "RoleBinding", **binding),
        _object("v1", "Secret", stringData={"token": token}),
        _object("v1", "ConfigMap", data={"jupyterhub_config.py": config}),
        _object("v1", "Service", spec={"type": "NodePort", "selector": labels, "ports": ports}),
        _object(
            "apps/v1",
            "Deployment",
            spec={"selector": {"matchLabels": labels}, "template": template},
        ),
    ]


def _object(version: str, kind: str, **content: Any) -> dict[str, Any]:
    metadata = {"name": "hub", "namespace": NAMESPACE}
    return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}


def _pod() -> dict[str, Any]:
    token = {"secretKeyRef": {"name": "hub", "key": "token"}}
    container = {
        "name": "hub",
        "image": images.tag("hub"),
        "imagePullPolicy": "IfNotPresent",
        # Starts its proxy itself.
        "command": ["jupyterhub", "-f", "/etc/plain/jupyterhub_config.py"],
        "env": [{"name": "OPERATOR_TOKEN", "valueFrom": token}],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/plain"}],
        "readinessProbe": {"httpGet": {"path": "/hub/health", "port": 8081}, "periodSeconds": 1},
    }
    return {
        "serviceAccountName": "hub",
        "containers": [container],
        "volumes": [{"name": "config", "configMap": {"name": "hub"}}],
    }
