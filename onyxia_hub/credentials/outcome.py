"""Asking one provider, whatever it does."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from onyxia_hub.credentials.base import Credentials, Provider
from onyxia_hub.errors import CredentialError, LaunchError

__all__ = ["Outcome", "outcome_of"]

_log = logging.getLogger(__name__)

#: What came of asking a provider.
Outcome: TypeAlias = Credentials | LaunchError


async def outcome_of(provider: Provider, ask: Callable[[], Awaitable[Credentials]]) -> Outcome:
    """Return what comes of a request to a provider; never raises but for a cancellation.

    Parameters
    ----------
    provider
        Who was asked.
    ask
        Asks it.
    """
    fault: BaseException
    try:
        return await ask()
    except LaunchError as error:
        return error
    except Exception as error:  # noqa: BLE001  # five unknown ones in a row would end the hub
        fault = error
    # Its text may quote a token, so only its kind and its place are told.
    place = fault.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "unknown"
    _log.error("%s failed with %s at %s", provider.label, type(fault).__name__, where)
    return CredentialError(provider=provider.label)
