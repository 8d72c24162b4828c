"""Files in a person's own storage, in a real store."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from onyxia_hub.files.storage import Storage, StorageSite
from onyxia_hub.files.upload import Upload
from tests.support.minted import s3_of
from tests.support.platform import RunningPlatform

MIB = 1024**2


@asynccontextmanager
async def storages(platform: RunningPlatform) -> AsyncIterator[Callable[..., Awaitable[Storage]]]:
    """Give a function that opens a person's storage, with changed settings; all are closed."""
    opened: list[Storage] = []

    async def of(username: str, *, endpoint: str | None = None, **settings: Any) -> Storage:
        minted = await s3_of(platform, username, **settings)
        changes = {"endpoint": endpoint} if endpoint else {}
        site = StorageSite(platform.s3_settings(**settings, **changes))
        end = minted.expires_at
        life = end - minted.minted_at
        opened.append(site.opened(minted.env, expires_at=end, life=life))
        return opened[-1]

    try:
        yield of
    finally:
        for storage in opened:
            storage.close()


async def write(
    storage: Storage, name: str, data: bytes = b"x", *, limit: int = 2**34, pieces: int = 65536
) -> None:
    """Upload as the hub does."""
    upload = Upload(storage, name, limit=limit)
    try:
        for start in range(0, len(data), pieces):
            await upload.write(data[start : start + pieces])
        await upload.finish()
    except BaseException:
        await upload.abort()
        raise


async def read(storage: Storage, name: str, **more: Any) -> bytes:
    """Download as the hub does."""
    stream = await storage.open(name, **more)
    try:
        pieces = []
        while piece := await stream.piece(MIB):
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        stream.close()
