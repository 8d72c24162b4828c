"""Signs that a service is at work although nobody uses it at the moment."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence

from onyxia_hub.gateway.health import address_below
from onyxia_hub.gateway.kernels import has_busy_kernel
from onyxia_hub.gateway.state import Gateway
from onyxia_hub.gateway.terminals import terminal_at_work

__all__ = ["Sign", "busy_signs"]

Sign = Callable[[], Awaitable[bool]]


def busy_signs(gateway: Gateway, *, is_parent: bool) -> Sequence[Sign]:
    """Return what tells whether the program is at work.

    Parameters
    ----------
    gateway
        Its parts.
    is_parent
        Whether the gateway is the program's parent, on a machine with others' processes.
    """
    config, signs = gateway.config, list[Sign]()
    if config.kernels is not None:
        address = address_below(
            config, prefix=gateway.facts.prefix, base=gateway.upstream.base, path=config.kernels
        )
        signs.append(lambda: has_busy_kernel(gateway.upstream.session, address))
    if config.watch_terminals:
        below = os.getpid() if is_parent else None
        # On a machine with thousands of processes this takes a while.
        signs.append(lambda: asyncio.to_thread(terminal_at_work, below=below))
    return signs
