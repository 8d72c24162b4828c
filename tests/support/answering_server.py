"""A real HTTP server that says what a test tells it to say, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer.

    Parameters
    ----------
    status
        HTTP status; 0 closes the connection without a word.
    body
        What follows the headers.
    headers
        Besides the length.
    delay
        Seconds to wait before; the server's end cuts it short.
    missing
        Bytes that the header promises and that never come.
    """

    status: int = 200
    body: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    missing: int = 0


@dataclass(frozen=True, slots=True)
class Question:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The body's form fields."""
        return {name: values[0] for name, values in parse_qs(self.body).items()}


class AnsweringServer:
    """Gives the answers in order; the last one again and again.

    Parameters
    ----------
    answers
        At least one.
    """

    def __init__(self, *answers: Answer) -> None:
        self._answers: Sequence[Answer] = answers
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self.questions: list[Question] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def _next(self, question: Question) -> Answer:
        with self._lock:
            self.questions.append(question)
            return self._answers[min(len(self.questions), len(self._answers)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _serve(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length).decode()
                question = Question(self.command, self.path, dict(self.headers), body)
                answer = outer._next(question)
                outer._closing.wait(answer.delay)
                self.close_connection = True
                if answer.status == 0:
                    return
                content = answer.body.encode()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content) + answer.missing))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

            def __getattr__(self, name: str) -> Any:
                # BaseHTTPRequestHandler looks up do_GET, do_PUT, … by the request's own word.
                if name.startswith("do_"):
                    return self._serve
                raise AttributeError(name)

            def handle(self) -> None:
                # The client gave up waiting, which is what many tests are about.
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def log_message(self, *_: object) -> None:
                pass

        return Handler
