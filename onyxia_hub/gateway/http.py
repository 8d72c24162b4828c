"""HTTP requests: passed on and answered as they come, whatever their size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from http.client import responses
from typing import Any, ClassVar

import aiohttp
from jupyterhub import __version__ as jupyterhub_version
from tornado.httputil import HTTPHeaders, HTTPInputError
from tornado.iostream import IOStream, StreamClosedError

from onyxia_hub.gateway.away import show_away
from onyxia_hub.gateway.body import RequestBody, copy
from onyxia_hub.gateway.guard import GuardedHandler, log
from onyxia_hub.gateway.heads import BadAnswer
from onyxia_hub.gateway.origins import hosts_of
from onyxia_hub.gateway.refusal import NO_ANSWER, Refused
from onyxia_hub.gateway.splice import (
    WORTH_IT,
    Broken,
    can_splice,
    has_splice,
    read_so_far,
    splice,
)
from onyxia_hub.gateway.state import Gateway
from onyxia_hub.gateway.upload import Line, Upload
from onyxia_hub.gateway.upstream import NotListening

__all__ = ["ProxyHandler"]

_TOO_LARGE = "The body is larger than this service takes."


class ProxyHandler(GuardedHandler):
    """Passes one request on."""

    SUPPORTED_METHODS: ClassVar[tuple[str, ...]] = (  # type: ignore[misc]
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
    )

    def initialize(self, gateway: Gateway) -> None:
        """Take the gateway's parts."""
        super().initialize(gateway)
        self._body: RequestBody | None = None
        self._relay: asyncio.Task[None] | None = None
        self._received = 0
        # Taken over from tornado, if it was.
        self._stream: IOStream | None = None

    async def prepare(self) -> None:
        """Start to pass the request on, before its body has come."""
        await super().prepare()
        if self.is_refused:
            return
        self.gateway.activity.request(self.below)
        if (line := await self._line_for_large_body()) is not None:
            # Here, for what comes next of the connection is the body, which tornado would read.
            upload = self._take_over(line)
            self._relay = asyncio.create_task(self._watched(self._upload(upload)))
            return
        if self.has_body:
            self._body = RequestBody()
        self._relay = asyncio.create_task(self._watched(self._pass_on()))

    async def data_received(self, chunk: bytes) -> None:
        """Pass on a part of the body, and wait until the program has taken it."""
        if self._body is None:
            return
        self._received += len(chunk)
        if self._received > self.gateway.config.max_body:
            self._end_relay()
            if self._headers_written:
                self._abort()
            elif not self._finished:
                self.refuse(Refused(413, _TOO_LARGE))
            return
        self.gateway.activity.bytes_moved(self.below)
        await self._body.put(chunk)

    async def _answer(self) -> None:
        """Wait until the answer is through; the body has been read."""
        if self.refuse_late():
            return
        if self._body is not None:
            await self._body.end()
        if self._relay is not None:
            await asyncio.wait([self._relay])

    get = head = post = put = patch = delete = options = _answer

    def on_connection_close(self) -> None:
        """Give up: nobody waits for the answer."""
        super().on_connection_close()
        self._end_relay()

    def _end_relay(self) -> None:
        if self._body is not None:
            self._body.forget()
        if self._relay is not None:
            self._relay.cancel()

    def _abort(self) -> None:
        """Break the connection: ending it in order would pass a part off as the whole."""
        connection: Any = self.request.connection
        stream = self._stream or (connection and connection.stream)
        if stream is not None:
            stream.close()

    def _cut(self, _: int) -> None:
        self._abort()
        self._end_relay()

    async def _watched(self, passing: Coroutine[Any, Any, None]) -> None:
        exchange = self.gateway.exchanges.add(self.caller, self._cut)
        try:
            await passing
        except StreamClosedError:
            pass  # The browser went away.
        except Exception as problem:  # noqa: BLE001  # the last one who can answer
            self.log_exception(type(problem), problem, problem.__traceback__)
            if self._headers_written or self._stream is not None:
                self._abort()
            else:
                self.send_error(500)
        finally:
            if self._body is not None:
                self._body.forget()
            self.gateway.exchanges.remove(exchange)

    async def _line_for_large_body(self) -> Line | None:
        """Return a connection to the program if the kernel can move the request's body."""
        request = self.request
        length = request.headers.get("Content-Length", "0")
        if not (has_splice() and request.version == "HTTP/1.1" and int(length) >= WORTH_IT):
            return None
        try:
            return await self.gateway.upstream.connect()
        except NotListening:
            # The usual way has a page for this.
            return None

    def _take_over(self, line: Line) -> Upload:
        size = int(self.request.headers["Content-Length"])
        moved, below = self.gateway.activity.bytes_moved, self.below
        self._stream = self.detach()
        return Upload(browser=self._stream, size=size, program=line, moved=lambda: moved(below))

    async def _upload(self, upload: Upload) -> None:
        """Pass a request with a large body on inside the kernel; the connection ends with it."""
        request, gateway = self.request, self.gateway
        headers = gateway.forwarding.request_headers(request.headers.get_all(), self.sender())
        try:
            head = await upload.send(
                str(request.method),
                gateway.forwarding.target(self.below, self.query),
                [(k, v) for k, v in headers if k.lower() not in ("content-length", "connection")],
                is_awaited="Expect" in request.headers,
            )
            await upload.answer(head, self._headers_of(head.headers))
        except BadAnswer as problem:
            log.warning("The program gave no answer: %s.", problem)
            await upload.refuse(502, NO_ANSWER)
        except (Broken, OSError) as problem:
            log.warning("A request was broken off: %s.", type(problem).__name__)
        finally:
            upload.close()

    async def _pass_on(self) -> None:
        request, gateway = self.request, self.gateway
        target = gateway.forwarding.target(self.below, self.query)
        headers = gateway.forwarding.request_headers(request.headers.get_all(), self.sender())
        chunks = self._body.chunks() if self._body else None
        try:
            if request.method == "HEAD" and chunks is None:
                head = await gateway.upstream.head(target, headers)
                await self._begin(head.status, head.headers)
                self.finish()
                return
            answer = await gateway.upstream.ask(str(request.method), target, headers, chunks)
        except NotListening:
            await show_away(self)
            return
        except BadAnswer as problem:
            log.warning("The program gave no answer: %s.", problem)
            self.refuse(Refused(502, NO_ANSWER))
            return
        try:
            given = [(k.decode("latin-1"), v.decode("latin-1")) for k, v in answer.raw_headers]
            if chunks is None and can_splice(answer):
                await self._splice(answer, given)
                return
            await self._begin(answer.status, given)
            await copy(answer.content, self._writer(answer))
            self.finish()
        except aiohttp.ClientError as problem:
            log.warning("The program broke off an answer: %s.", type(problem).__name__)
            self._abort()
        finally:
            # Closes the connection unless the answer was read to its end.
            answer.release()

    async def _splice(self, answer: aiohttp.ClientResponse, given: list[tuple[str, str]]) -> None:
        """Pass a large answer on inside the kernel; the connection ends with it."""
        headers = self._headers_of(given)
        headers["Connection"] = "close"
        lines = [f"HTTP/1.1 {answer.status} {answer.reason or 'OK'}"]
        lines += [f"{name}: {value}" for name, value in headers.get_all()]
        stream = self.detach()
        self._stream = stream
        moved, below = self.gateway.activity.bytes_moved, self.below
        try:
            read, source = read_so_far(answer)
            await stream.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + read)
            # Only from here on: a stream that looks out for its end reads.
            stream.set_close_callback(self.on_connection_close)
            left = (answer.content_length or 0) - len(read)
            await splice(source, stream.socket, left, lambda: moved(below))
        except (Broken, OSError) as problem:
            log.warning("An answer was broken off: %s.", type(problem).__name__)
        finally:
            stream.set_close_callback(None)
            stream.close()
            answer.close()

    async def _begin(self, status: int, given: list[tuple[str, str]]) -> None:
        """Pass on the head of an answer."""
        self._headers = self._headers_of(given)
        if not self.is_read:
            self.set_header("Connection", "close")
        self.set_status(status, responses.get(status, "Unknown"))
        await self.flush()

    def _headers_of(self, given: list[tuple[str, str]]) -> HTTPHeaders:
        hosts = hosts_of(self.request.headers)
        headers = HTTPHeaders()
        for name, value in self.gateway.forwarding.response_headers(given, hosts=hosts):
            try:
                headers.add(name, value)
            except HTTPInputError:
                log.warning("The program sent a header that is none; it was left out.")
        headers["X-JupyterHub-Version"] = jupyterhub_version
        return headers

    def _writer(self, answer: aiohttp.ClientResponse) -> Callable[[bytes], Any]:
        # What a server pushes by itself is no use of the service.
        counts = answer.content_type != "text/event-stream"
        moved, below = self.gateway.activity.bytes_moved, self.below

        async def write(chunk: bytes) -> None:
            if counts:
                moved(below)
            self.write(chunk)
            await self.flush()

        return write
