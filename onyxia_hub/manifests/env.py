"""The environment of a service: what it holds, and which part of it may be read in a pod spec."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from onyxia_hub.manifests.names import env_key

__all__ = ["PUBLIC_ENV", "contract_env", "literal", "secret_references", "split_environment"]

#: What JupyterHub and KubeSpawner set that is no secret (jupyterhub/spawner.py and
#: kubespawner/spawner.py, ``get_env``). It is a list of what may be public, not of what is secret:
#: a variable that nobody thought of goes in the Secret.
PUBLIC_ENV = frozenset(
    {
        "CPU_GUARANTEE",
        "CPU_LIMIT",
        "JUPYTERHUB_ACTIVITY_URL",
        "JUPYTERHUB_ADMIN_ACCESS",
        "JUPYTERHUB_API_URL",
        "JUPYTERHUB_BASE_URL",
        "JUPYTERHUB_CLIENT_ID",
        "JUPYTERHUB_COOKIE_HOST_PREFIX_ENABLED",
        "JUPYTERHUB_COOKIE_OPTIONS",
        "JUPYTERHUB_DEBUG",
        "JUPYTERHUB_DEFAULT_URL",
        "JUPYTERHUB_DISABLE_USER_CONFIG",
        "JUPYTERHUB_HOST",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES",
        "JUPYTERHUB_OAUTH_CALLBACK_URL",
        "JUPYTERHUB_OAUTH_CLIENT_ALLOWED_SCOPES",
        "JUPYTERHUB_OAUTH_SCOPES",
        "JUPYTERHUB_PUBLIC_HUB_URL",
        "JUPYTERHUB_PUBLIC_URL",
        "JUPYTERHUB_ROOT_DIR",
        "JUPYTERHUB_SERVER_NAME",
        "JUPYTERHUB_SERVICE_PREFIX",
        "JUPYTERHUB_SERVICE_URL",
        "JUPYTERHUB_SSL_CERTFILE",
        "JUPYTERHUB_SSL_CLIENT_CA",
        "JUPYTERHUB_SSL_KEYFILE",
        "JUPYTERHUB_USER",
        "JUPYTER_IMAGE",
        "JUPYTER_IMAGE_SPEC",
        "MEM_GUARANTEE",
        "MEM_LIMIT",
    }
)


def contract_env(
    *,
    image: str,
    working_dir: str | None,
    git_repository: str | None,
    git_branch: str | None,
    command: str | None = None,
    port: int | None = None,
) -> dict[str, str]:
    """Return the variables that Onyxia's images find in every service.

    Parameters
    ----------
    image
        Reference of the image.
    working_dir
        The working directory as the program sees it; ``None`` if the profile has none of its own.
    git_repository, git_branch
        What `start_script` clones.
    command, port
        The line that starts a program of the user's own, and where that listens.

    Notes
    -----
    The names are Onyxia's (helm-charts-interactive-services, ``statefulset.yaml`` and
    ``library-chart/templates/_secret.tpl``).
    """
    values = {
        "IMAGE_NAME": image,
        "ROOT_PROJECT_DIRECTORY": working_dir,
        "GIT_REPOSITORY": git_repository,
        "GIT_BRANCH": git_branch,
        "ONYXIA_COMMAND": command,
        "PORT": None if port is None else str(port),
    }
    return {name: value for name, value in values.items() if value is not None}


def split_environment(
    env: Mapping[str, Any], *, public: Collection[str] = PUBLIC_ENV
) -> tuple[dict[str, Any], dict[str, str]]:
    """Split an environment into what may be read in a pod spec and what may not.

    Parameters
    ----------
    env
        Name to value; values that are not strings (a ``valueFrom``) name no secret themselves.
    public
        Names whose values may be read by everybody who may read pods.

    Returns
    -------
    tuple
        Public variables, with text values made literal, and secret ones.
    """
    readable: dict[str, Any] = {}
    secret: dict[str, str] = {}
    for name, value in env.items():
        if not isinstance(value, str):
            readable[name] = value
        elif name in public:
            readable[name] = literal(value)
        else:
            secret[name] = value
    return readable, secret


def secret_references(names: Iterable[str], *, secret: str) -> dict[str, dict[str, Any]]:
    """Return variables that the kubelet fills in from a Secret.

    Parameters
    ----------
    names
        Names of the variables.
    secret
        Name of the Secret.
    """
    return {
        name: {
            "name": name,
            "valueFrom": {"secretKeyRef": {"name": secret, "key": env_key(name)}},
        }
        for name in names
    }


def literal(value: str) -> str:
    """Return a pod's value that stands for exactly ``value``.

    The kubelet replaces ``$(NAME)`` in the values and commands of a pod by another variable, and
    reads ``$$`` as ``$`` there (k8s.io/kubernetes/third_party/forked/golang/expansion).
    """
    return value.replace("$", "$$")
