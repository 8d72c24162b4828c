"""Answers that are given before their request has been read to its end."""

from __future__ import annotations

from asyncio import Future
from typing import Any

from tornado.web import RequestHandler

__all__ = ["TellsItsEnd"]


class TellsItsEnd(RequestHandler):
    """Says so if the connection ends with the answer; for handlers whose body comes in pieces.

    Tornado closes a connection whose request it has not read to the end (tornado's
    http1connection.py, ``HTTP1Connection.finish``) without a word: a proxy, or any client that
    keeps connections, would send its next request into it.
    """

    #: Whether the request has been read: to be set where its method begins.
    is_read = False

    def finish(self, chunk: Any = None) -> Future[None]:
        """End the answer."""
        if not self.is_read and not self._headers_written:
            self.set_header("Connection", "close")
        return super().finish(chunk)
