"""Names of environment variables: what is one, and which of them users may not set.

There are two circles. JupyterHub's own names are nobody's to set: a profile that did would break
every launch of it. The reserved names are closed to users, who bring variables along as options and
as keys of a Vault secret, but a profile may set them: it is the site's own.
"""

from __future__ import annotations

import re

from onyxia_hub.language import Said

__all__ = ["LONGEST_NAME", "is_jupyterhubs", "name_problem", "reserved_as"]

LONGEST_NAME = 200
"""Most characters of a name: a key of a Kubernetes Secret has 253, and ours have a prefix."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_JUPYTERHUB = ("JUPYTERHUB_", "JPY_")

# The names are told apart by case, as the system does: `USER` is reserved, and the key `user` of a
# database's secret is not.
_PREFIXES = (
    *_JUPYTERHUB,
    # The credentials, and what would turn SDKs to other ones: AWS_PROFILE, AWS_ROLE_ARN.
    "AWS_",
    "MC_HOST_",
    "VAULT_",
    # What the platform tells its services.
    "KUBERNETES_",
    "ONYXIA_",
    # Code that runs before the program, or in its place: libraries, functions of bash, git's
    # configuration during the clone.
    "BASH_FUNC_",
    "DYLD_",
    "GIT_CONFIG",
    "LD_",
)

_RESERVED = frozenset(
    {
        # What the hub sets (`contract_env`, `s3_environment`, the spawners).
        "CPU_GUARANTEE",
        "CPU_LIMIT",
        "GIT_BRANCH",
        "GIT_REPOSITORY",
        "HOME",
        "IMAGE_NAME",
        "JUPYTER_IMAGE",
        "JUPYTER_IMAGE_SPEC",
        "MEM_GUARANTEE",
        "MEM_LIMIT",
        "PATH",
        "ROOT_PROJECT_DIRECTORY",
        "S3_ENDPOINT",
        "SHELL",
        "USER",
        # What shells, git and interpreters run, or are steered by, before the program's first line.
        # PYTHONPATH, R_LIBS_USER and NODE_PATH are not here: people keep modules of their own.
        "BASHOPTS",
        "BASH_ENV",
        "ENV",
        "GIT_ASKPASS",
        "GIT_EXEC_PATH",
        "IFS",
        "NODE_OPTIONS",
        "PERL5OPT",
        "PROMPT_COMMAND",
        "PS4",
        "PYTHONHOME",
        "PYTHONSTARTUP",
        "RUBYOPT",
        "R_ENVIRON",
        "R_ENVIRON_USER",
        "R_PROFILE",
        "R_PROFILE_USER",
        "SHELLOPTS",
    }
)


def name_problem(name: str) -> str | None:
    """Return what keeps ``name`` from being a variable's name, as a clause; ``None`` if nothing."""
    if len(name) > LONGEST_NAME:
        return Said("is longer than the {longest} characters of a name", longest=LONGEST_NAME)
    if not _NAME.fullmatch(name):
        return Said("is not a name for an environment variable")
    return None


def is_jupyterhubs(name: str) -> bool:
    """Whether JupyterHub itself sets ``name``, so that not even a profile may."""
    return name.startswith(_JUPYTERHUB)


def reserved_as(name: str) -> str | None:
    """Return the entry of the list that closes ``name`` to users, ``None`` if it is free.

    It is the name itself, or a family such as ``AWS_*``: a name may be a piece of something secret,
    and the entry never is.
    """
    if name in _RESERVED:
        return name
    return next((f"{prefix}*" for prefix in _PREFIXES if name.startswith(prefix)), None)
