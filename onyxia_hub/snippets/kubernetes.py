"""How `kubectl` and its like are given a cluster and a token.

Source: Kubernetes' reference of kubeconfig (v1), `Config`.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime

import yaml

from onyxia_hub.snippets.snippet import Snippet

__all__ = ["ClusterAccess", "cluster_snippets"]

_NAME = "onyxia"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAccess:
    """Where the API server is and what opens it.

    Parameters
    ----------
    address
        Web address of the API server.
    authority
        Certificate authority in PEM; empty where everybody's computer knows it.
    namespace
        The one that commands are about which name none.
    account
        The service account that the token is of.
    token
        The token.
    expires_at
        Its end (aware).
    """

    address: str
    authority: str
    namespace: str
    account: str
    token: str = field(repr=False)
    expires_at: datetime


def cluster_snippets(access: ClusterAccess) -> list[Snippet]:
    """Return what to save as a file, and how it is used."""
    return [Snippet("kubeconfig", "kubectl", "yaml", _kubeconfig(access))]


def _kubeconfig(access: ClusterAccess) -> str:
    cluster = {"server": access.address}
    if access.authority.strip():
        authority = base64.b64encode(access.authority.encode()).decode()
        cluster["certificate-authority-data"] = authority
    context = {"cluster": _NAME, "namespace": access.namespace, "user": access.account}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": _NAME, "cluster": cluster}],
        "users": [{"name": access.account, "user": {"token": access.token}}],
        "contexts": [{"name": _NAME, "context": context}],
        "current-context": _NAME,
    }
    # A token is longer than any line: it must not be broken.
    text: str = yaml.safe_dump(config, sort_keys=False, width=float("inf"))
    return text
