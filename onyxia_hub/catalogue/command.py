"""A profile's command: what may be filled in, and how.

``{port}`` is the port that the program listens on. ``{prefix}`` is the path of the service at the
hub, what JupyterHub calls ``JUPYTERHUB_SERVICE_PREFIX``: it starts and ends with a slash. In a
local command, ``{socket}`` is the path of a unix socket for the program to listen on in place of
the port. Braces that stand for themselves are doubled, as in ``str.format``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from string import Formatter

__all__ = ["check_local_part", "check_part", "fill", "fill_for_kubernetes", "uses_socket"]

_PLACEHOLDERS = ("port", "prefix")
_LOCAL_PLACEHOLDERS = (*_PLACEHOLDERS, "socket")

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
    return _checked(part, _PLACEHOLDERS)


def check_local_part(part: str) -> str:
    """Return one part of a local command unchanged; it may hold ``{socket}`` too.

    Raises
    ------
    ValueError
        If it holds another placeholder, or a lone brace.
    """
    return _checked(part, _LOCAL_PLACEHOLDERS)


def _checked(part: str, placeholders: Sequence[str]) -> str:
    if "\0" in part:
        raise ValueError("a command can't hold a NUL character")
    try:
        pieces = list(Formatter().parse(part))
    except ValueError as cause:
        raise ValueError(
            f"{cause}: write {{{{ or }}}} for a brace that stands for itself"
        ) from cause
    for _, name, spec, conversion in pieces:
        if name is not None and (name not in placeholders or spec or conversion):
            *others, last = (f"{{{each}}}" for each in placeholders)
            raise ValueError(
                f"unknown placeholder {{{name}}}, only {', '.join(others)} and {last} are filled "
                "in; double the braces if they stand for themselves"
            )
    return part


def uses_socket(command: Sequence[str]) -> bool:
    """Whether a local command wants the path of a unix socket."""
    return any(name == "socket" for part in command for _, name, _, _ in Formatter().parse(part))


def fill(command: Sequence[str], *, port: int, prefix: str, socket: str | None = None) -> list[str]:
    """Return the command to run as a process.

    Parameters
    ----------
    command
        Parts that `check_local_part` accepts.
    port
        Where the program listens.
    prefix
        Path of the service at the hub, for example ``/user/alice/notebook/``.
    socket
        Path of a unix socket that is the service's own; needed if `uses_socket`.
    """
    places = {"port": port, "prefix": prefix} | ({} if socket is None else {"socket": socket})
    return [part.format(**places) for part in command]


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
