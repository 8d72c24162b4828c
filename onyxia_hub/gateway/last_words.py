"""What the program wrote last: the hub knows it, the gateway can't see its log."""

from __future__ import annotations

from urllib.parse import quote

import aiohttp

from onyxia_hub.gateway.hub_facts import HubFacts

__all__ = ["last_words"]

_TIMEOUT = aiohttp.ClientTimeout(total=5)
_MOST = 40  # lines
_LONGEST = 500  # characters of one


async def last_words(session: aiohttp.ClientSession, hub: HubFacts) -> list[str]:
    """Return the last lines of the program's output, without secrets; none if the hub has none.

    Parameters
    ----------
    session
        Client for requests to the hub.
    hub
        Where it is.
    """
    user, server = quote(hub.user, safe=""), quote(hub.server_name, safe="")
    service = f"servers/{server}" if server else "server"
    try:
        async with session.get(
            f"{hub.api_url}/onyxia/users/{user}/{service}/output",
            headers={"Authorization": f"token {hub.api_token}"},
            timeout=_TIMEOUT,
            allow_redirects=False,
        ) as answer:
            if answer.status != 200:
                return []
            told = await answer.json()
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
        return []
    lines = told.get("lines") if isinstance(told, dict) else None
    if not isinstance(lines, list):
        return []
    return [line[:_LONGEST] for line in lines if isinstance(line, str)][-_MOST:]
