"""Whether the program is ready: it is asked itself."""

from __future__ import annotations

import aiohttp
from yarl import URL

from onyxia_hub.gateway.config import GatewayConfig

__all__ = ["Health", "address_below"]

_TIMEOUT = aiohttp.ClientTimeout(total=5)


def address_below(config: GatewayConfig, *, prefix: str, base: str, path: str) -> URL:
    """Return the program's own address of a path below its prefix.

    Parameters
    ----------
    config
        Says whether the program serves below the service's path.
    prefix
        The service's path at the hub, with a slash at both ends.
    base
        ``scheme://host`` of the program.
    path
        Below the prefix, with a slash at its start.
    """
    start = prefix[:-1] if config.prefix == "native" else ""
    return URL(f"{base}{start}{path}", encoded=True)


class Health:
    """Asks the program's health path.

    Parameters
    ----------
    config
        Says which path, and what counts.
    prefix
        The service's path at the hub, with a slash at both ends.
    session
        Client for requests to the program.
    base
        ``scheme://host`` for it.
    """

    def __init__(
        self, *, config: GatewayConfig, prefix: str, session: aiohttp.ClientSession, base: str
    ) -> None:
        self._url = address_below(config, prefix=prefix, base=base, path=config.health_path)
        self._limit = 500 if config.health_answers == "any" else 400
        self._session = session
        self.has_answered = False
        """Whether the program was ready once."""

    async def ready(self) -> bool:
        """Return whether the program is ready at this moment."""
        try:
            async with self._session.get(
                self._url, allow_redirects=False, timeout=_TIMEOUT
            ) as answer:
                is_ready = 200 <= answer.status < self._limit
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False
        self.has_answered = self.has_answered or is_ready
        return is_ready
