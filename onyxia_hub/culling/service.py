"""The culler as JupyterHub's configuration describes it."""

from __future__ import annotations

import os
import sys
from typing import Any

__all__ = ["CHECK_EVERY", "HUB_PID", "culler_role", "culler_service"]

_NAME = "idle-culler"
#: Environment variable with the seconds between two rounds.
CHECK_EVERY = "ONYXIA_CULLING_CHECK_EVERY"
#: Environment variable with the number of the hub's process.
HUB_PID = "ONYXIA_CULLING_HUB_PID"


def culler_service(*, check_every: int) -> dict[str, Any]:
    """Return the entry for ``JupyterHub.services``: a child process that the hub starts and ends.

    JupyterHub gives it a token of its own in its environment. To be called in the hub's process.

    Parameters
    ----------
    check_every
        Seconds between two rounds.
    """
    return {
        "name": _NAME,
        # -P: nothing of the folder in which the hub happens to run is imported.
        "command": [sys.executable, "-P", "-m", "onyxia_hub.culling"],
        "environment": {CHECK_EVERY: str(check_every), HUB_PID: str(os.getpid())},
        "display": False,
    }


def culler_role() -> dict[str, Any]:
    """Return the entry for ``JupyterHub.load_roles``: list users and services, and stop these.

    jupyterhub-idle-culler's README also asks for ``read:users:activity``, which it needs to delete
    users; here it never does.
    """
    return {
        "name": _NAME,
        "description": "Stop services that nobody uses",
        "scopes": ["list:users", "read:servers", "delete:servers"],
        "services": [_NAME],
    }
