"""The end of a service's credentials, as far as they can be ended."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping

from onyxia_hub.credentials.base import Provider

__all__ = ["revoke_all"]

_log = logging.getLogger(__name__)


async def revoke_all(
    providers: Iterable[Provider], env: Mapping[str, str], *, seconds: float, of: str
) -> None:
    """End what can be ended of a service's credentials.

    Nobody's stop has to wait for a provider that hangs, or fails with it: what is not done in time
    is logged, and the credentials end by themselves.

    Parameters
    ----------
    providers
        Whom to ask, all at once.
    env
        The environment variables that they gave.
    seconds
        Longest wait.
    of
        The service, for the log.
    """
    await asyncio.gather(*(_revoke(provider, env, seconds, of) for provider in providers))


async def _revoke(provider: Provider, env: Mapping[str, str], seconds: float, of: str) -> None:
    try:
        async with asyncio.timeout(seconds):
            await provider.revoke(env)
    except TimeoutError:
        why = f"not done in {seconds:g} s"
    except Exception as fault:  # noqa: BLE001  # the stop must go on, whatever it is
        # Its text may quote a token.
        why = type(fault).__name__
    else:
        return
    _log.warning("%s access of %s was not revoked, it ends by itself: %s", provider.label, of, why)
