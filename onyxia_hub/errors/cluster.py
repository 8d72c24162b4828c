"""Somebody's own access to their namespace that can't be given."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = ["ClusterAccessRefused", "NoClusterAccess"]


class NoClusterAccess(LaunchError):
    """The site gives nobody access to Kubernetes, or has none to give."""

    sentence = (
        "This platform gives no access to Kubernetes of your own. Ask an administrator if you need "
        "it."
    )
    reason = "no_cluster_access"
    status_code = 404


class ClusterAccessRefused(LaunchError):
    """Kubernetes does not give the token."""

    sentence = (
        "Kubernetes gave you no access to your namespace ({detail}). Try again in a minute, and "
        "tell an administrator if it lasts."
    )
    reason = "cluster_access_refused"
    status_code = 502
