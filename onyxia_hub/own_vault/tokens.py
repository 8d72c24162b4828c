"""The Vault tokens by which the hub acts for people on its own pages, in memory only."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from onyxia_hub.credentials.minting import Minted

__all__ = ["OwnToken", "OwnTokens"]


@dataclass(frozen=True, slots=True, eq=False)
class OwnToken:
    """A token and where it leads.

    Parameters
    ----------
    text
        The token.
    mount, top_dir
        The KV engine, and the user's directory in it.
    use_until
        When a new one is made (aware, UTC).
    """

    text: str = field(repr=False)
    mount: str
    top_dir: str
    use_until: datetime

    @classmethod
    def of(cls, minted: Minted) -> OwnToken:
        """Return the token of fresh credentials, to be used for half of its life."""
        now = datetime.now(UTC)
        return cls(
            text=minted.env["VAULT_TOKEN"],
            mount=minted.env["VAULT_MOUNT"],
            top_dir=minted.env["VAULT_TOP_DIR"],
            use_until=now + (minted.expires_at["vault"] - now) / 2,
        )

    def at(self, path: str) -> str:
        """Return a path below the mount."""
        return f"{self.top_dir}/{path}" if path else self.top_dir

    def place(self, path: str) -> str:
        """Return the same with the mount, for sentences."""
        return f"{self.mount}/{self.at(path)}"


class OwnTokens:
    """One token for each user, made when it is needed."""

    def __init__(self) -> None:
        self._kept: dict[str, OwnToken] = {}
        # One minting at a time for each user; a lock goes when nobody holds it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def of(
        self, username: str, make: Callable[[], Awaitable[OwnToken]]
    ) -> tuple[OwnToken, bool]:
        """Return a user's token, and whether it is fresh, so that Vault can't have ended it yet.

        Parameters
        ----------
        username
            Whose.
        make
            Gets a new one; what it raises goes through.
        """
        async with self._lock(username):
            now = datetime.now(UTC)
            self._kept = {name: kept for name, kept in self._kept.items() if kept.use_until > now}
            kept = self._kept.get(username)
            if kept is not None:
                return kept, False
            made = self._kept[username] = await make()
            return made, True

    def drop(self, username: str, token: OwnToken) -> None:
        """Forget a token that Vault refuses, unless there is another one by now."""
        if self._kept.get(username) is token:
            del self._kept[username]

    async def take(self, username: str) -> OwnToken | None:
        """Forget a user's token and return it, one that is just being made included."""
        async with self._lock(username):
            return self._kept.pop(username, None)

    def _lock(self, username: str) -> asyncio.Lock:
        return self._locks.setdefault(username, asyncio.Lock())
