"""Requests written by hand: what no client library would send."""

from __future__ import annotations

import socket


def ask_raw(port: int, request: bytes, *, seconds: float = 10) -> tuple[int, bytes]:
    """Send bytes; return the status of the first answer, 0 for none, and all that came back."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as line:
        line.sendall(request)
        found = b""
        try:
            # A websocket stays open.
            while b" 101 " not in found and (data := line.recv(65536)):
                found += data
        except ConnectionResetError:
            pass
    parts = found.split(b" ", 2)
    return (int(parts[1]) if len(parts) > 1 else 0), found


def request_of(
    target: str, *headers: str, method: str = "GET", body: bytes = b"", version: str = "1.1"
) -> bytes:
    """Return a request that ends its connection."""
    lines = [f"{method} {target} HTTP/{version}", "Host: hub.example.org", *headers]
    if not any(header.lower().startswith("connection:") for header in headers):
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body
