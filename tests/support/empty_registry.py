"""A stand-in of an image registry that has no image at all."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["PORT", "empty_registry"]

#: On loopback, where the node's container runtime speaks HTTP without TLS.
PORT = 30500

# OCI distribution specification, "Error Codes".
_UNKNOWN = {"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]}


class _Nothing(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        here = self.path == "/v2/"
        body = json.dumps({} if here else _UNKNOWN).encode()
        self.send_response(200 if here else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    do_HEAD = do_GET  # noqa: N815 -- as http.server names it

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        pass


@contextmanager
def empty_registry() -> Iterator[None]:
    """Let the node find a registry that answers, and nothing in it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), _Nothing)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
