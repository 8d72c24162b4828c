"""Bodies on their way: one chunk at a time, so that neither end outruns the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import aiohttp

__all__ = ["RequestBody", "copy"]


class RequestBody:
    """What the browser sends, for the client that sends it on."""

    def __init__(self) -> None:
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue(1)
        self._unwanted = False

    async def put(self, chunk: bytes) -> None:
        """Give a chunk, and wait until there is room for the next."""
        if not self._unwanted:
            await self._chunks.put(chunk)

    async def end(self) -> None:
        """Say that this was all."""
        if not self._unwanted:
            await self._chunks.put(None)

    def forget(self) -> None:
        """Take no more: the program has answered without reading all."""
        self._unwanted = True
        while not self._chunks.empty():
            self._chunks.get_nowait()

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body."""
        while (chunk := await self._chunks.get()) is not None:
            yield chunk


async def copy(
    content: aiohttp.StreamReader,
    write: Callable[[bytes], Awaitable[None]],
) -> None:
    """Pass on what comes as it comes; the next part is read when this one is written."""
    async for chunk in content.iter_any():
        await write(chunk)
