"""Sharing a service with people and groups: who may, and that a group's share opens the door.

JupyterHub keeps the shares and has the REST API for them (jupyterhub/apihandlers/shares.py). Here
is what it needs besides: scopes that its ``user`` role lacks, and the one thing that it gets wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from jupyterhub import orm, roles
from jupyterhub.scopes import expand_share_scopes

__all__ = ["SHARING_SCOPES", "count_group_shares_for_tokens"]

#: What a user needs to share services of their own. Reading one name is not listing names: who
#: knows a name learns that it exists, and ``GET /users`` and ``GET /groups`` stay closed.
SHARING_SCOPES = frozenset({"shares!user", "read:users:name", "read:groups:name"})

_Expand = Callable[[Iterable[Any], Any], Collection[str]]


def count_group_shares_for_tokens() -> None:
    """Let what is shared with a group open the door for tokens of its members too.

    JupyterHub 6.1.1 counts group shares for a session at the hub, and forgets them for tokens
    (jupyterhub/scopes.py, ``get_scopes_for``: its branch for ``APIToken`` reads
    ``owner.shared_with_me`` only). A service sees nothing but tokens, so every member would be sent
    to the hub, let through there, and turned away by the service. Both branches ask
    ``roles.roles_to_expanded_scopes``, which is where the shares are added. May be called again.
    """
    expand: _Expand = roles.roles_to_expanded_scopes
    if isinstance(expand, _WithGroupShares):
        return
    roles.roles_to_expanded_scopes = _WithGroupShares(expand)


class _WithGroupShares:
    def __init__(self, expand: _Expand) -> None:
        self.jupyterhubs = expand

    def __call__(self, of_roles: Iterable[Any], owner: Any) -> frozenset[str]:
        scopes = frozenset(self.jupyterhubs(of_roles, owner))
        if not isinstance(owner, orm.User):
            return scopes
        shared = (share for group in owner.groups for share in group.shared_with_me)
        return scopes.union(*(expand_share_scopes(share) for share in shared))
