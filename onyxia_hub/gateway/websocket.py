"""Websockets: after the handshake, bytes go both ways as they are.

Frames are not taken apart, so messages of any size and in any pieces pass without being held;
pings, pongs and close codes are those of the browser and the program themselves. Extensions are not
offered to the program: the size of a compressed message would say nothing about its use.
"""

from __future__ import annotations

import asyncio

from jupyterhub import __version__ as jupyterhub_version
from tornado.iostream import IOStream, StreamClosedError

from onyxia_hub.gateway.away import show_away
from onyxia_hub.gateway.frames import FrameCounter, close_frame
from onyxia_hub.gateway.guard import GuardedHandler, log
from onyxia_hub.gateway.heads import BadAnswer, exchange_heads
from onyxia_hub.gateway.origins import hosts_of
from onyxia_hub.gateway.refusal import NO_ANSWER, Refused
from onyxia_hub.gateway.upstream import NotListening

__all__ = ["WebSocketHandler"]

_CHUNK = 64 * 1024
_FAREWELL = 2.0  # seconds for the browser's answer to a close frame
_REFUSED = "The program refused the connection."


class WebSocketHandler(GuardedHandler):
    """Relays one websocket."""

    websocket = True
    SUPPORTED_METHODS = ("GET",)

    async def prepare(self) -> None:
        """Let the request in or refuse it."""
        await super().prepare()
        self.refuse_late()

    async def get(self) -> None:
        """Open the other half, then relay until one side ends."""
        gateway = self.gateway
        gateway.activity.request(self.below)
        if self.request.headers.get("Sec-WebSocket-Version") != "13":
            self.refuse(Refused(426, "This is not the websocket protocol of RFC 6455."))
            return
        try:
            reader, writer = await gateway.upstream.connect()
        except NotListening:
            await show_away(self)
            return
        try:
            stream = await self._accept(reader, writer)
            if stream is not None:
                await self._relay(stream, reader, writer)
        finally:
            writer.close()

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> IOStream | None:
        """Return the line to the browser when both sides have agreed."""
        forwarding = self.gateway.forwarding
        try:
            head = await exchange_heads(
                reader,
                writer,
                method="GET",
                target=forwarding.target(self.below, self.query),
                headers=[
                    ("Connection", "Upgrade"),
                    ("Upgrade", "websocket"),
                    *forwarding.request_headers(self.request.headers.get_all(), self.sender()),
                ],
            )
        except BadAnswer as problem:
            log.warning("The program gave a websocket no answer: %s.", problem)
            self.refuse(Refused(502, NO_ANSWER))
            return None
        if head.status != 101:
            self.refuse(Refused(head.status if head.status >= 400 else 502, _REFUSED))
            return None
        changed = forwarding.response_headers(head.headers, hosts=hosts_of(self.request.headers))
        lines = [
            "HTTP/1.1 101 Switching Protocols",
            "Connection: Upgrade",
            "Upgrade: websocket",
            f"X-JupyterHub-Version: {jupyterhub_version}",
            *(f"{name}: {value}" for name, value in changed if name.lower() != "content-length"),
        ]
        try:
            stream = self.detach()
            # Else the end of a message may wait for the browser to confirm its start.
            stream.set_nodelay(True)
            await stream.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        except StreamClosedError:
            return None
        return stream

    async def _relay(
        self, stream: IOStream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        to_browser = FrameCounter()
        reason: list[int] = []
        down = asyncio.create_task(_pump_down(stream, reader, to_browser))
        up = asyncio.create_task(self._pump_up(stream, writer))

        def cut(code: int) -> None:
            reason.append(code)
            down.cancel()

        exchange = self.gateway.exchanges.add(self.caller, cut, ends_by_itself=False)
        try:
            await asyncio.wait([down, up], return_when=asyncio.FIRST_COMPLETED)
            if reason and to_browser.between_frames and not to_browser.has_closed:
                # The answer, if any, tells that the browser has read it.
                await _say_goodbye(stream, writer, up, reason[0])
        finally:
            self.gateway.exchanges.remove(exchange)
            for pump in (down, up):
                pump.cancel()
            stream.close()

    async def _pump_up(self, stream: IOStream, writer: asyncio.StreamWriter) -> None:
        """Pass on what the browser sends; each of its messages may be use of the service."""
        messages = FrameCounter()
        note, path = self.gateway.activity.message, self.below
        try:
            while True:
                data = await stream.read_bytes(_CHUNK, partial=True)
                for size in messages.feed(data):
                    note(size, path)
                writer.write(data)
                await writer.drain()
        except (StreamClosedError, OSError):
            return


async def _pump_down(stream: IOStream, reader: asyncio.StreamReader, frames: FrameCounter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            for _ in frames.feed(data):
                pass
            await stream.write(data)
    except (StreamClosedError, OSError):
        return


async def _say_goodbye(
    stream: IOStream, writer: asyncio.StreamWriter, up: asyncio.Task[None], code: int
) -> None:
    try:
        await stream.write(close_frame(code, masked=False))
        await asyncio.wait([up], timeout=_FAREWELL)
        writer.write(close_frame(code, masked=True))
    except (StreamClosedError, OSError):
        return
