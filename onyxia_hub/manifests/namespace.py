"""A user's namespace and what stands in it before any service does.

Shapes: Kubernetes API reference; Pod Security Admission's labels; server-side apply, which makes
and mends an object by the same request.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from onyxia_hub.manifests.names import MANAGED_BY, pull_secret_name, service_account_name
from onyxia_hub.manifests.roles import roles_up_to
from onyxia_hub.settings import KubernetesSettings

__all__ = [
    "NETWORK_LABEL",
    "QUOTA",
    "NamespaceObjects",
    "account_role",
    "allowed_role",
    "namespace_objects",
]

#: Name of the quota in each user's namespace.
QUOTA = "onyxia-quota"

Manifest = dict[str, Any]

#: On the pods of hub and proxy, which may reach services; the name is Zero to JupyterHub's.
NETWORK_LABEL = "hub.jupyter.org/network-access-singleuser"
_METADATA_V4 = "169.254.169.254/32"
_METADATA_V6 = "fd00:ec2::254/128"
_RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamespaceObjects:
    """What a namespace consists of, in the order in which it can be made.

    Parameters
    ----------
    namespace
        The Namespace.
    hub_binding
        The RoleBinding that lets the hub make the rest; ``None`` if it may already.
    rest
        Everything else, the Namespace once more: the hub may change its labels only from inside.
    """

    namespace: Manifest
    hub_binding: Manifest | None
    rest: tuple[Manifest, ...]


def allowed_role(asked: str, settings: KubernetesSettings) -> str:
    """Return the role that a service really gets.

    Parameters
    ----------
    asked
        What the profile asks for: ``none``, ``view``, ``edit`` or ``admin``.
    settings
        What the site allows. In a namespace that users share nobody gets a role: it would show
        everybody's Secrets to everybody.
    """
    if settings.namespaces == "single":
        return "none"
    return next(
        (role for role in reversed(roles_up_to(asked)) if role in settings.cluster_roles), "none"
    )


def account_role(settings: KubernetesSettings) -> str:
    """Return the role of people's own access to their namespace; ``none`` if there is no access.

    Parameters
    ----------
    settings
        The site's wishes.
    """
    return allowed_role(settings.account.role, settings)


def namespace_objects(
    name: str,
    *,
    settings: KubernetesSettings,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
    pull_secrets: Mapping[str, str] | None = None,
) -> NamespaceObjects:
    """Return everything that a user's namespace has before the first service.

    Parameters
    ----------
    name
        The namespace.
    settings
        The site's wishes.
    labels, annotations
        What every object carries, so that people find them and whose they are.
    pull_secrets
        Content of ``.dockerconfigjson``, by the name that the site has for the Secret.
    """
    make = _Maker(name, {**labels, "app.kubernetes.io/managed-by": MANAGED_BY}, dict(annotations))
    namespace = make.namespace(settings.pod_security)
    rest = [namespace]
    for role, cluster_role in sorted(settings.cluster_roles.items()):
        account = service_account_name(role)
        rest.append(make("v1", "ServiceAccount", account))
        rest.append(make.binding(account, cluster_role, namespace=name, account=account))
    for pulled, content in sorted((pull_secrets or {}).items()):
        rest.append(make.pull_secret(pull_secret_name(pulled), content))
    if settings.quota:
        rest.append(make("v1", "ResourceQuota", QUOTA, spec={"hard": settings.quota}))
    if limits := _limits(settings):
        rest.append(make("v1", "LimitRange", "onyxia-limits", spec={"limits": [limits]}))
    hub_binding = hub_namespace = None
    if settings.hub_service_account is not None:
        hub_namespace, account = settings.hub_service_account.split("/")
        hub_binding = make.binding(
            _binding_name(settings), settings.hub_role, namespace=hub_namespace, account=account
        )
    policy = settings.network_policy
    if policy.enabled and (hub_namespace is not None or policy.block_metadata):
        rest.append(make.network_policy(hub_namespace, block_metadata=policy.block_metadata))
    return NamespaceObjects(namespace=namespace, hub_binding=hub_binding, rest=tuple(rest))


def _binding_name(settings: KubernetesSettings) -> str:
    """Return a name of its own for each account and role, for a binding can't change its role.

    A hub that is installed anew, under another name, would find a binding that is not its own.
    """
    whose = f"{settings.hub_role} {settings.hub_service_account}"
    return f"onyxia-hub-{hashlib.sha256(whose.encode()).hexdigest()[:8]}"


@dataclass(frozen=True, slots=True)
class _Maker:
    name: str
    labels: dict[str, str]
    annotations: dict[str, str]

    def __call__(self, version: str, kind: str, name: str, **content: Any) -> Manifest:
        metadata = {
            "name": name,
            "namespace": self.name,
            "labels": self.labels,
            "annotations": self.annotations,
        }
        return {"apiVersion": version, "kind": kind, "metadata": metadata, **content}

    def namespace(self, pod_security: str) -> Manifest:
        security = {
            "pod-security.kubernetes.io/enforce": pod_security,
            "pod-security.kubernetes.io/warn": "restricted",
        }
        manifest = self("v1", "Namespace", self.name)
        del manifest["metadata"]["namespace"]
        manifest["metadata"]["labels"] = self.labels | security
        return manifest

    def binding(self, name: str, role: str, *, namespace: str, account: str) -> Manifest:
        return self(
            f"{_RBAC}/v1",
            "RoleBinding",
            name,
            roleRef={"apiGroup": _RBAC, "kind": "ClusterRole", "name": role},
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        )

    def pull_secret(self, name: str, content: str) -> Manifest:
        # Not `stringData`, which server-side apply does not compare with what is there.
        data = {".dockerconfigjson": base64.b64encode(content.encode()).decode()}
        return self("v1", "Secret", name, type="kubernetes.io/dockerconfigjson", data=data)

    def network_policy(self, hub_namespace: str | None, *, block_metadata: bool) -> Manifest:
        """Let the hub, its proxy and the namespace's own pods in, and nobody else.

        Where the hub's namespace is unknown, anybody: the hub would be shut out with the rest.
        """
        spec: dict[str, Any] = {"podSelector": {}, "policyTypes": []}
        if hub_namespace is not None:
            where = {"matchLabels": {"kubernetes.io/metadata.name": hub_namespace}}
            pods_there = {"matchLabels": {NETWORK_LABEL: "true"}}
            hub = {"namespaceSelector": where, "podSelector": pods_there}
            spec["policyTypes"].append("Ingress")
            spec["ingress"] = [{"from": [{"podSelector": {}}, hub]}]
        if block_metadata:
            spec["policyTypes"].append("Egress")
            # Some network plugins hold address blocks to mean what is outside the cluster only.
            pods: dict[str, Any] = {"namespaceSelector": {}}
            blocks = (("0.0.0.0/0", _METADATA_V4), ("::/0", _METADATA_V6))
            addresses = [{"ipBlock": {"cidr": all_, "except": [one]}} for all_, one in blocks]
            spec["egress"] = [{"to": [pods, *addresses]}]
        return self("networking.k8s.io/v1", "NetworkPolicy", "onyxia-services", spec=spec)


def _limits(settings: KubernetesSettings) -> Manifest | None:
    wanted = settings.limit_range
    named = {
        "default": wanted.default,
        "defaultRequest": wanted.default_request,
        "max": wanted.max,
    }
    limits = {key: dict(amounts) for key, amounts in named.items() if amounts}
    return {"type": "Container", **limits} if limits else None
