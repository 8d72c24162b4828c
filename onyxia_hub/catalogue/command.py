"""A profile's command: what may be filled in, and how.

``{port}`` is the port that the program listens on. ``{prefix}`` is the path of the service at the
hub, what JupyterHub calls ``JUPYTERHUB_SERVICE_PREFIX``: it starts and ends with a slash. Braces
that stand for themselves are doubled, as in ``str.format``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter

__all__ = ["check_part", "fill", "fill_for_kubernetes"]

_PLACEHOLDERS = ("port", "prefix")

# Kubernetes expands $(NAME) in a container's command, and reads $$ as $ (k8s.io/kubernetes,
# third_party/forked/golang/expansion/expand.go). Shell text in a command must survive that.
_KUBERNETES_REFERENCE = re.compile(r"\$(?=[$(])")


def check_part(part: str) -> str:
    """Return one part of a command template unchanged.

    Raises
    ------
    ValueError
        If it holds a placeholder other than ``{port}`` and ``{prefix}``, or a lone brace.
    """
    if "\0" in part:
        raise ValueError("a command can't hold a NUL character")
    try:
        pieces = list(Formatter().parse(part))
    except ValueError as cause:
        raise ValueError(
            f"{cause}: write {{{{ or }}}} for a brace that stands for itself"
        ) from cause
    for _, name, spec, conversion in pieces:
        if name is not None and (name not in _PLACEHOLDERS or spec or conversion):
            raise ValueError(
                f"unknown placeholder {{{name}}}, only {{port}} and {{prefix}} are filled in; "
                "double the braces if they stand for themselves"
            )
    return part


def fill(command: Sequence[str], *, port: int, prefix: str) -> list[str]:
    """Return the command to run as a process.

    Parameters
    ----------
    command
        Parts that `check_part` accepts.
    port
        Where the program listens.
    prefix
        Path of the service at the hub, for example ``/user/alice/notebook/``.
    """
    return [part.format(port=port, prefix=prefix) for part in command]


def fill_for_kubernetes(command: Sequence[str], *, port: int) -> list[str]:
    """Return the command as a container takes it.

    The prefix is not known before the service has its URL, so it is left to Kubernetes, which fills
    in the variable that JupyterHub gives every service.
    """
    return [
        _KUBERNETES_REFERENCE.sub("$$", part).format(
            port=port, prefix="$(JUPYTERHUB_SERVICE_PREFIX)"
        )
        for part in command
    ]
