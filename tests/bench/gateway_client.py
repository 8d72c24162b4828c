"""A client that costs little, so that what is measured is the way and not its end."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Target"]

_BUFFER = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One way to the program.

    Parameters
    ----------
    name
        In the table.
    port
        On the loopback address.
    prefix
        Path, with a slash at both ends.
    headers
        For every request.
    most
        Most bytes of a body that it lets through.
    """

    name: str
    port: int
    prefix: str = "/"
    headers: dict[str, str] = field(default_factory=dict)
    most: int = 2**62

    @contextmanager
    def _connection(self) -> Iterator[socket.socket]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=120) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield connection

    def _head(self, method: str, path: str, **headers: str) -> bytes:
        lines = [f"{method} {self.prefix}{path} HTTP/1.1", "Host: localhost"]
        named = {**self.headers, **headers}
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in named.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def latencies(self, count: int) -> list[float]:
        """Return the seconds of small requests, one after the other over one connection."""
        request = self._head("GET", "bytes?n=100")
        found = []
        with self._connection() as connection:
            for _ in range(count):
                start = time.perf_counter()
                connection.sendall(request)
                _, left = _answer(connection)
                while left > 0:
                    left -= len(connection.recv(left))
                found.append(time.perf_counter() - start)
        return found

    def download(self, path: str, size: int) -> float:
        """Return the bytes per second at which ``size`` bytes come."""
        buffer = memoryview(bytearray(_BUFFER))
        start = time.perf_counter()
        with self._connection() as connection:
            connection.sendall(self._head("GET", path))
            got, left = _answer(connection)
            total = got + left
            while left > 0:
                if not (step := connection.recv_into(buffer)):
                    raise ConnectionError(f"{self.name}: {left} bytes are missing")
                left -= step
        assert total == size, f"{self.name}: {total} bytes"
        return size / (time.perf_counter() - start)

    def upload(self, path: str, file: str) -> float:
        """Return the bytes per second at which a file goes."""
        size = os.path.getsize(file)  # noqa: PTH202  # a name, as os.open takes
        source = os.open(file, os.O_RDONLY)
        start = time.perf_counter()
        try:
            with self._connection() as connection:
                connection.sendall(self._head("PUT", path, Content_Length=str(size)))
                # Without a time limit, which would make it non-blocking.
                connection.settimeout(None)
                sent = 0
                while sent < size:
                    sent += os.sendfile(connection.fileno(), source, sent, size - sent)
                _answer(connection)
        finally:
            os.close(source)
        return size / (time.perf_counter() - start)

    def echoes(self, path: str, *, size: int, seconds: float) -> float:
        """Return the messages per second that go to a websocket and come back, one at a time."""
        key = "dGhlIHNhbXBsZSBub25jZQ=="
        upgrade = {
            "Upgrade": "websocket",
            "Connection": "Upgrade",
            "Sec_WebSocket_Key": key,
            "Sec_WebSocket_Version": "13",
        }
        head = struct.pack("!BBH", 0x82, 0x80 | 126, size) + bytes(4)  # masked with zeroes
        message = head + bytes(size)
        count, end = 0, time.perf_counter() + seconds
        with self._connection() as connection:
            connection.sendall(self._head("GET", path, **upgrade))
            _head_of(connection, "101")
            start = time.perf_counter()
            while time.perf_counter() < end:
                connection.sendall(message)
                left = 4 + size
                while left:
                    left -= len(connection.recv(left))
                count += 1
        return count / (time.perf_counter() - start)


def _head_of(connection: socket.socket, status: str) -> tuple[str, int]:
    """Return an answer's head, and how many bytes behind it have been read."""
    read = b""
    while b"\r\n\r\n" not in read:
        got = connection.recv(4096)
        if not got:
            raise ConnectionError("the connection was closed")
        read += got
    head, _, rest = read.partition(b"\r\n\r\n")
    text = head.decode("latin-1")
    assert text.split(" ", 2)[1] == status, text
    return text, len(rest)


def _answer(connection: socket.socket) -> tuple[int, int]:
    """Return how many bytes of the body have come with the head, and how many are to come."""
    head, got = _head_of(connection, "200")
    sizes: list[Any] = [
        int(line.partition(":")[2])
        for line in head.lower().split("\r\n")
        if line.startswith("content-length:")
    ]
    return got, sizes[0] - got
