"""Where a service's program listens on this machine, and what stands in front of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from jupyterhub.utils import random_port

from onyxia_hub.catalogue.command import uses_socket
from onyxia_hub.catalogue.gateway import gateway_config
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.demo.service_folder import ServiceFolder
from onyxia_hub.gateway.config import CONFIG_VARIABLE

__all__ = ["Place", "place_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How a program is started.

    Parameters
    ----------
    port
        Where it listens, unless it does at ``socket``.
    socket
        Path of a unix socket.
    before
        What stands before its command.
    env
        What comes on top of its environment.
    """

    port: int
    socket: str | None = None
    before: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


def place_of(options: LaunchOptions, *, folder: ServiceFolder, host: str, port: int) -> Place:
    """Return how a service's program is started; behind the gateway, as its child.

    Parameters
    ----------
    options
        What was chosen.
    folder
        The service's files.
    host, port
        Where JupyterHub finds the service.
    """
    profile = options.profile
    if profile.login != "gateway" or profile.local is None:
        return Place(port=port)
    socket = str(folder.socket()) if uses_socket(profile.local.command) else None
    # What a user's own program listens on may be written in it.
    own = options.port if profile.own_program else random_port()
    program = f"unix:{socket}" if socket else f"http://127.0.0.1:{own}"
    config = gateway_config(profile, program=program, host=host, port=port)
    return Place(
        port=own,
        socket=socket,
        # Isolated: neither the user's variables nor the work folder change what it imports.
        before=(sys.executable, "-I", "-m", "onyxia_hub.gateway", "--"),
        env={CONFIG_VARIABLE: config.to_json()},
    )
