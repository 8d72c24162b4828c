"""A line to a server that a test can cut, choke or fill with nonsense; the server keeps running."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Literal, Self
from urllib.parse import urlsplit

Mode = Literal["open", "cut", "silent", "garbage", "refusing", "overloaded"]

_WORDS: dict[str, bytes] = {
    "garbage": b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n"
    b"Connection: close\r\n\r\n<h1>Hello</h1>",
    "refusing": b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "overloaded": b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n",
}


class Door:
    """Stands before a server.

    Parameters
    ----------
    address
        Web address of the server.

    Attributes
    ----------
    mode
        What becomes of new connections. ``open`` passes them on, ``cut`` closes them at once,
        ``silent`` takes them and never answers, ``garbage`` answers with a page that is none of the
        server's, ``refusing`` and ``overloaded`` with HTTP 403 and 429.
    connections
        How many there were.
    passed
        How many bytes went through, both ways.
    """

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        self._target = (str(parts.hostname), int(parts.port or 80))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self.passed = 0
        self._mode: Mode = "open"
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        # Clients keep connections: those of before must not go on as before.
        self._drop()

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would not wake the thread that waits in accept().
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._drop()

    def _drop(self) -> None:
        with self._lock:
            ends, self._open = self._open, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client, self._mode), daemon=True).start()

    def _serve(self, client: socket.socket, mode: Mode) -> None:
        with self._lock:
            self._open.add(client)
        if mode == "cut":
            self._end(client)
        elif mode in _WORDS:
            with contextlib.suppress(OSError):
                client.recv(65536)
                client.sendall(_WORDS[mode])
                client.shutdown(socket.SHUT_WR)
                # Closing with unread data would reset the connection before it is read.
                while client.recv(65536):
                    pass
            self._end(client)
        elif mode == "open":
            self._pass_on(client)

    def _pass_on(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            self._end(client)
            return
        with self._lock:
            self._open.add(server)
        threading.Thread(target=self._pump, args=(server, client), daemon=True).start()
        self._pump(client, server)

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self.passed += len(data)
                sink.sendall(data)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
        self._end(source)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        end.close()
