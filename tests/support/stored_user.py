"""A user whose login is kept, as an authenticator sees one, without JupyterHub's database."""

from __future__ import annotations

import asyncio
import copy

__all__ = ["StoredUser"]


class StoredUser:
    """What `refresh_user` needs of JupyterHub's user: a name and a place for its auth_state."""

    def __init__(self, name, auth_state):
        self.name = name
        self.stored = auth_state
        self.saved = 0
        # What the database says of the next writes.
        self.fails = None

    async def get_auth_state(self):
        await asyncio.sleep(0)
        return copy.deepcopy(self.stored)

    async def save_auth_state(self, auth_state):
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        self.stored = copy.deepcopy(auth_state)
        self.saved += 1
