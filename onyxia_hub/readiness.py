"""Whether a service's program answers."""

from __future__ import annotations

import aiohttp

__all__ = ["answers", "asking"]


def asking() -> aiohttp.ClientSession:
    """Return a session for `answers`; a program that hangs is asked again after a while."""
    return aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5))


async def answers(session: aiohttp.ClientSession, url: str) -> bool:
    """Return whether a program is ready: it answers 200 to 399, as for Kubernetes' probes.

    Parameters
    ----------
    session
        What `asking` returned.
    url
        Its health address.
    """
    try:
        async with session.get(url, allow_redirects=False) as response:
            return 200 <= response.status < 400
    except (aiohttp.ClientError, TimeoutError):
        return False
