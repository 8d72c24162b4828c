"""What is open: whose right is asked for again, and what is waited for at the end."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from onyxia_hub.gateway.hub_auth import GatewayAuth, HubAway

__all__ = ["RECHECK", "Caller", "Exchange", "OpenExchanges"]

RECHECK = 20.0
"""Seconds after which the right to an open stream or websocket is asked for again."""

_LOOK = 2.0

GOING_AWAY = 1001
NOT_ALLOWED = 1008


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who sent a request, and by what they proved it.

    Parameters
    ----------
    name
        User or service at the hub.
    token
        Their token.
    session
        The browser's session at the hub.
    by_cookie
        Whether a browser sent it by itself.
    """

    name: str
    token: str = field(repr=False)
    session: str = field(repr=False, default="")
    by_cookie: bool


@dataclass(slots=True, eq=False, kw_only=True)
class Exchange:
    """One request that is being answered, or one open websocket.

    Parameters
    ----------
    caller
        Who asked.
    cut
        Ends it, for a reason in the numbers of RFC 6455, section 7.4.1.
    ends_by_itself
        Whether it is worth waiting for: a websocket is not.
    """

    caller: Caller
    cut: Callable[[int], None]
    ends_by_itself: bool
    checked_at: float = field(default_factory=time.monotonic)


class OpenExchanges:
    """All of a gateway.

    Parameters
    ----------
    auth
        Tells whether a right still holds.
    recheck
        Seconds after which it is asked.
    """

    def __init__(self, *, auth: GatewayAuth, recheck: float = RECHECK) -> None:
        self._auth = auth
        self._recheck = recheck
        self._open: set[Exchange] = set()
        self._is_empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._open)

    def add(
        self, caller: Caller, cut: Callable[[int], None], *, ends_by_itself: bool = True
    ) -> Exchange:
        """Watch over an exchange until `remove`."""
        exchange = Exchange(caller=caller, cut=cut, ends_by_itself=ends_by_itself)
        self._open.add(exchange)
        return exchange

    def remove(self, exchange: Exchange) -> None:
        """Forget an exchange that has ended."""
        self._open.discard(exchange)
        if not self._open:
            self._is_empty.set()

    async def recheck_forever(self) -> None:
        """Cut what nobody may see any more; a login of many exchanges is asked for once."""
        while True:
            await asyncio.sleep(min(_LOOK, self._recheck))
            now = time.monotonic()
            due: dict[Caller, list[Exchange]] = {}
            for exchange in self._open:
                if now - exchange.checked_at >= self._recheck:
                    due.setdefault(exchange.caller, []).append(exchange)
            await asyncio.gather(*(self._check(caller, due[caller]) for caller in due))

    async def _check(self, caller: Caller, exchanges: list[Exchange]) -> None:
        for exchange in exchanges:
            exchange.checked_at = time.monotonic()
        try:
            person = await self._auth.person(caller.token, session=caller.session, fresh=True)
        except HubAway:
            # Nobody can take a right back at a hub that is away.
            return
        if person is None or not person.allowed:
            for exchange in exchanges:
                exchange.cut(NOT_ALLOWED)

    async def drain(self, patience: float) -> None:
        """Let exchanges end, then cut what is left.

        Parameters
        ----------
        patience
            Seconds for requests under way.
        """
        for exchange in [each for each in self._open if not each.ends_by_itself]:
            exchange.cut(GOING_AWAY)
        self._is_empty.clear()
        if self._open:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), patience)
        for exchange in list(self._open):
            exchange.cut(GOING_AWAY)
