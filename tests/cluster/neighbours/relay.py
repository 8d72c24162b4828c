"""Passes TCP connections on: ``python relay.py HOST PORT TARGET_PORT``; needs no package.

SeaweedFS opens S3's gRPC port wherever it opens S3, and through that port anybody may give
themselves rights. So all of SeaweedFS stays on loopback, and this brings S3 alone to the pods.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys

_CHUNK = 262_144


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await source.read(_CHUNK):
            sink.write(data)
            await sink.drain()
        # One side may be done sending and still listen.
        sink.write_eof()


async def _serve(host: str, port: int, target: int) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", target, limit=_CHUNK)
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            for end in (writer, back):
                end.close()

    server = await asyncio.start_server(connected, host, port, limit=_CHUNK, backlog=512)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
