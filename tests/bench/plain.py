"""A plain JupyterHub with KubeSpawner, as its documentation sets one up, to measure beside."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cluster import images, paths
from tests.cluster.client import kubectl

__all__ = ["NAMESPACE", "PlainHub", "plain_hub"]

NAMESPACE = "bench-plain"
_PORT = 30081
_CONFIG = """
import os
c.JupyterHub.spawner_class = "kubespawner.KubeSpawner"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.JupyterHub.bind_url = "http://0.0.0.0:8000"
c.JupyterHub.hub_bind_url = "http://0.0.0.0:8081"
c.JupyterHub.hub_connect_url = "http://hub.{namespace}:8081"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.tornado_settings = {{"slow_spawn_timeout": 1}}
c.JupyterHub.services = [{{"name": "operator", "api_token": os.environ["OPERATOR_TOKEN"]}}]
c.JupyterHub.load_roles = [{{"name": "admin", "services": ["operator"]}}]
spawner = c.KubeSpawner
spawner.image = "{image}"
spawner.image_pull_policy = "IfNotPresent"
spawner.cmd = ["jupyterhub-singleuser"]
spawner.start_timeout = 120
spawner.cpu_guarantee, spawner.cpu_limit = {cpu_request}, {cpu_limit}
spawner.mem_guarantee, spawner.mem_limit = {memory_request}, {memory_limit}
spawner.uid, spawner.fs_gid = 1000, 100
spawner.storage_pvc_ensure = True
spawner.storage_capacity = "1Gi"
spawner.volumes = [{{"name": "work", "persistentVolumeClaim": {{"claimName": "{{pvc_name}}"}}}}]
spawner.volume_mounts = [{{"name": "work", "mountPath": "/home/onyxia/work"}}]
"""


class PlainHub:
    """The plain hub, reached as its operator.

    Attributes
    ----------
    url
        Its address, without trailing slash.
    token
        A token of its REST API.
    """

    url = f"http://{paths.NODE_ADDRESS}:{_PORT}"

    def __init__(self) -> None:
        self.token = secrets.token_hex(32)


@contextmanager
def plain_hub(**amounts: float) -> Iterator[PlainHub]:
    """Run a plain hub on the cluster while something is measured.

    Parameters
    ----------
    **amounts
        ``cpu_request``, ``cpu_limit`` in cores; ``memory_request``, ``memory_limit`` in bytes.
    """
    hub = PlainHub()
    config = _CONFIG.format(namespace=NAMESPACE, image=images.tag("jupyter"), **amounts)
    try:
        # Left behind by a run that was killed.
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")
        for manifest in _manifests(config, hub.token):
            kubectl("apply", "-f", "-", input=json.dumps(manifest))
        kubectl("-n", NAMESPACE, "rollout", "status", "deploy/hub", "--timeout=120s", timeout=130)
        yield hub
    finally:
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found")


def _manifests(config: str, token: str) -> list[dict[str, Any]]:
    def make(version: str, kind: str, name: str, **content: Any) -> dict[str, Any]:
        metadata = {"name": name, "namespace": NAMESPACE}
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}

    rbac = "rbac.authorization.k8s.io"
    container = {
        "name": "hub",
        "image": images.tag("hub"),
        "imagePullPolicy": "IfNotPresent",
        "command": ["jupyterhub", "-f", "/etc/plain/jupyterhub_config.py"],
        "env": [
            {
                "name": "OPERATOR_TOKEN",
                "valueFrom": {"secretKeyRef": {"name": "operator", "key": "token"}},
            }
        ],
        "volumeMounts": [{"name": "config", "mountPath": "/etc/plain"}],
        "readinessProbe": {"httpGet": {"path": "/hub/health", "port": 8081}, "periodSeconds": 1},
    }
    rules = [
        {
            "apiGroups": [""],
            "resources": ["pods", "persistentvolumeclaims", "events"],
            "verbs": ["get", "list", "watch", "create", "delete"],
        }
    ]
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        make("v1", "ServiceAccount", "hub"),
        make(f"{rbac}/v1", "Role", "hub", rules=rules),
        make(
            f"{rbac}/v1",
            "RoleBinding",
            "hub",
            roleRef={"apiGroup": rbac, "kind": "Role", "name": "hub"},
            subjects=[{"kind": "ServiceAccount", "name": "hub", "namespace": NAMESPACE}],
        ),
        make("v1", "Secret", "operator", stringData={"token": token}),
        make("v1", "ConfigMap", "config", data={"jupyterhub_config.py": config}),
        make(
            "v1",
            "Service",
            "hub",
            spec={
                "type": "NodePort",
                "selector": {"app": "plain"},
                "ports": [
                    {"name": "proxy", "port": 8000, "nodePort": _PORT},
                    {"name": "hub", "port": 8081},
                ],
            },
        ),
        make(
            "apps/v1",
            "Deployment",
            "hub",
            spec={
                "selector": {"matchLabels": {"app": "plain"}},
                "template": {
                    "metadata": {"labels": {"app": "plain"}},
                    "spec": {
                        "serviceAccountName": "hub",
                        "containers": [container],
                        "volumes": [{"name": "config", "configMap": {"name": "config"}}],
                    },
                },
            },
        ),
    ]
