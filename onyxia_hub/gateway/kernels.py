"""Jupyter's kernels, which may compute long after the last tab is closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import aiohttp
from yarl import URL

__all__ = ["has_busy_kernel"]

_TIMEOUT = aiohttp.ClientTimeout(total=10)


async def has_busy_kernel(session: aiohttp.ClientSession, url: URL) -> bool:
    """Return whether a kernel is at work; not, if the program does not tell.

    Parameters
    ----------
    session
        Client for requests to the program.
    url
        Address of its list of kernels.
    """
    try:
        async with session.get(url, timeout=_TIMEOUT, allow_redirects=False) as answer:
            kernels = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return False
    return isinstance(kernels, Sequence) and any(_is_busy(kernel) for kernel in kernels)


def _is_busy(kernel: Any) -> bool:
    # Jupyter Server's Kernel model; ``starting`` and ``idle`` are no work.
    return isinstance(kernel, dict) and kernel.get("execution_state") == "busy"
