"""Where the demo's programs are."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig

from onyxia_hub.errors import ProgramMissing

__all__ = ["clean_environment", "find_program"]

# What a person's shell may hold for other servers would send the demo's parts there.
_FOREIGN = (
    "AWS_",
    "BAO_",
    "CONFIGPROXY_",
    "JPY_",
    "JUPYTERHUB_",
    "ONYXIA_HUB_",
    "S3_",
    "TRAEFIK_",
    "VAULT_",
    "WEED_",
)


def find_program(name: str) -> str:
    """Return the path of a program: beside this Python's own scripts, else on PATH.

    Raises
    ------
    ProgramMissing
        If there is none.
    """
    scripts = sysconfig.get_path("scripts")
    path = os.pathsep.join((scripts, os.environ.get("PATH", os.defpath)))
    found = shutil.which(name, path=path)
    if found is None:
        raise ProgramMissing(program=name)
    return found


def clean_environment() -> dict[str, str]:
    """Return this process's environment for a part: without other servers' and the hub's own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    if sys.prefix != sys.base_prefix:
        # A virtual environment of the hub's: its programs are no services for users. The hub's
        # `jupyterhub-singleuser`, for one, has no JupyterLab beside it.
        own = sysconfig.get_path("scripts")
        folders = env.get("PATH", os.defpath).split(os.pathsep)
        env["PATH"] = os.pathsep.join(folder for folder in folders if folder != own)
    for name in ("no_proxy", "NO_PROXY"):
        others = env.get(name)
        env[name] = f"127.0.0.1,localhost,{others}" if others else "127.0.0.1,localhost"
    return env
