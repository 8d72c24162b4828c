"""What a service may do in its namespace, by the names of Kubernetes' own roles."""

from __future__ import annotations

__all__ = ["ROLES", "roles_up_to"]

#: From little to much.
ROLES = ("none", "view", "edit", "admin")


def roles_up_to(role: str) -> tuple[str, ...]:
    """Return a role, which is the last, and all below it."""
    return ROLES[: ROLES.index(role) + 1]
