"""Large bodies from the browser to the program inside the kernel, as `splice` does for answers."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
from collections.abc import Awaitable, Callable
from typing import cast

from tornado.httputil import HTTPHeaders
from tornado.ioloop import IOLoop
from tornado.iostream import IOStream

from onyxia_hub.gateway.heads import BadAnswer, Head, head_of, read_head
from onyxia_hub.gateway.splice import Broken, readable, splice

__all__ = ["Line", "Upload"]

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]
"""A connection to the program."""

_CHUNK = 64 * 1024
_LINGER = 2.0
"""Seconds for a browser to read an answer that came before the end of its body."""

_BODILESS = (204, 304)


class Upload:
    """One request with a large body, on a connection that was taken over from tornado.

    Parameters
    ----------
    browser
        The connection, of whose body nothing has been given to anybody.
    size
        Bytes of the body.
    program
        A fresh connection to the program.
    moved
        Called after each part.
    """

    def __init__(
        self, *, browser: IOStream, size: int, program: Line, moved: Callable[[], None]
    ) -> None:
        # What tornado has read beyond the head is there at once, or it has read nothing.
        begun = cast("asyncio.Future[bytes]", browser.read_bytes(size, partial=True))
        # From here on it reads no more: it would take parts of the body.
        IOLoop.current().remove_handler(browser.fileno())
        self._begun = begun.result() if begun.done() else b""
        self._stream = browser
        self._browser: socket.socket = browser.socket
        self._size = size
        self._reader, self._writer = program
        self._moved = moved
        self._loop = asyncio.get_running_loop()

    def close(self) -> None:
        """End both connections."""
        self._stream.close()
        self._writer.close()

    async def send(
        self, method: str, target: str, headers: list[tuple[str, str]], *, is_awaited: bool
    ) -> Head:
        """Send the request, and return the head of the answer.

        Parameters
        ----------
        method, target, headers
            For the program; the connection and the body's length are added.
        is_awaited
            Whether the browser waits for permission to send the body.

        Raises
        ------
        BadAnswer
            If the program gives none.
        Broken, OSError
            If the browser or the program is gone.
        """
        own = [("Connection", "close"), ("Content-Length", str(self._size))]
        # Nothing may wait in the transport's buffer when the kernel begins to move the rest.
        self._writer.transport.set_write_buffer_limits(0)
        self._writer.write(head_of(method, target, [*own, *headers]) + self._begun)
        await self._writer.drain()
        if is_awaited and not self._begun:
            await self.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = asyncio.create_task(read_head(self._reader))
        body = asyncio.create_task(self._send_body())
        try:
            await asyncio.wait([head, body], return_when=asyncio.FIRST_COMPLETED)
            if not head.done():
                # A program that is done may have closed its side, with its answer on the way.
                with contextlib.suppress(OSError):
                    await body
                await self._unless_gone(head)
            return await head
        finally:
            for task in (head, body):
                task.cancel()
            await asyncio.gather(head, body, return_exceptions=True)

    async def _send_body(self) -> None:
        program: socket.socket = self._writer.get_extra_info("socket")
        await splice(self._browser, program, self._size - len(self._begun), self._moved)

    async def _unless_gone(self, answer: asyncio.Task[Head]) -> None:
        """Wait for the answer as long as the browser is there."""
        is_there = True
        while is_there:
            sign = asyncio.create_task(readable(self._browser))
            await asyncio.wait([answer, sign], return_when=asyncio.FIRST_COMPLETED)
            sign.cancel()
            if answer.done():
                return
            # More than the body is the next request, which is not for this connection any more.
            is_there = bool(self._browser.recv(1, socket.MSG_PEEK))
            if is_there:
                await asyncio.wait([answer])
        raise Broken

    async def write(self, data: bytes) -> None:
        """Send something to the browser."""
        await self._loop.sock_sendall(self._browser, data)

    async def answer(self, head: Head, headers: HTTPHeaders) -> None:
        """Pass the answer on, whatever its length.

        Parameters
        ----------
        head
            As the program sent it.
        headers
            For the browser, without those of the connection.
        """
        lines = [f"HTTP/1.1 {head.status} {head.reason}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers.get_all()]
        given = HTTPHeaders()
        for name, value in head.headers:
            given.add(name, value)
        if "Transfer-Encoding" in given:
            # The chunks pass as they are.
            lines.append(f"Transfer-Encoding: {given['Transfer-Encoding']}")
        await self.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
        if head.status not in _BODILESS:
            length = given.get("Content-Length") if "Transfer-Encoding" not in given else None
            await _copy(self._reader, self.write, left=None if length is None else int(length))
        await self._linger()

    async def refuse(self, status: int, sentence: str) -> None:
        """Answer in the gateway's own words."""
        body = json.dumps({"status": status, "message": sentence}).encode()
        head = (
            f"HTTP/1.1 {status} Refused\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        await self.write(head.encode() + body)
        await self._linger()

    async def _linger(self) -> None:
        """Read what is still sent: a connection closed with unread bytes loses the answer."""
        self._browser.shutdown(socket.SHUT_WR)
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_LINGER):
                while await self._loop.sock_recv(self._browser, _CHUNK):
                    pass


async def _copy(
    reader: asyncio.StreamReader, write: Callable[[bytes], Awaitable[None]], *, left: int | None
) -> None:
    """Copy to the end, or so many bytes."""
    while left is None or left > 0:
        data = await reader.read(_CHUNK if left is None else min(left, _CHUNK))
        if not data:
            if left:
                raise BadAnswer("IncompleteReadError")
            return
        await write(data)
        left = None if left is None else left - len(data)
