"""Large answers from socket to socket inside the kernel, as Linux can: splice(2).

A copy through Python costs most of a processor at a gigabyte per second. What a client library has
read already is written first; the rest is counted, so not a byte is lost or sent twice.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack

import aiohttp

__all__ = ["WORTH_IT", "Broken", "can_splice", "has_splice", "read_so_far", "readable", "splice"]

WORTH_IT = 1024 * 1024
"""Bytes from which on the system calls of a start pay off."""

_PIPE = 1024 * 1024
_TURN = 4 * 1024 * 1024
_F_SETPIPE_SZ = 1031  # fcntl(2); in Python's module from 3.10 on Linux only


class Broken(Exception):
    """The sender has closed the connection before the end."""


def has_splice() -> bool:
    """Return whether the system can do it."""
    return hasattr(os, "splice")


def can_splice(answer: aiohttp.ClientResponse) -> bool:
    """Return whether an answer is large, of known size, and comes over a plain socket."""
    length = answer.content_length
    return (
        has_splice()
        and length is not None
        and length >= WORTH_IT
        and "Transfer-Encoding" not in answer.headers
        and answer.connection is not None
        and answer.connection.transport is not None
        and answer.connection.transport.get_extra_info("sslcontext") is None
    )


def read_so_far(answer: aiohttp.ClientResponse) -> tuple[bytes, socket.socket]:
    """Return what has been read of a body, and the socket with the rest; nobody else reads it now.

    Parameters
    ----------
    answer
        For which `can_splice` holds. It must be closed afterwards, for its connection is of no use.
    """
    connection = answer.connection
    if connection is None or connection.transport is None:
        raise Broken
    transport: asyncio.Transport = connection.transport
    transport.pause_reading()
    read = answer.content.read_nowait()
    # An emptied buffer makes aiohttp read on. Without an `await` since, it has read nothing yet.
    transport.pause_reading()
    return read, transport.get_extra_info("socket")


async def splice(
    source: socket.socket, target: socket.socket, size: int, moved: Callable[[], None]
) -> None:
    """Move bytes from one socket to another.

    Parameters
    ----------
    source, target
        Sockets that do not block.
    size
        How many bytes.
    moved
        Called after each part.

    Raises
    ------
    Broken
        If the source ends before.
    OSError
        If the target is gone.
    """
    with ExitStack() as stack:
        # Numbers of their own: the event loop knows the others already.
        reader, writer = os.dup(source.fileno()), os.dup(target.fileno())
        out, into = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        for number in (reader, writer, out, into):
            stack.callback(os.close, number)
        fcntl.fcntl(into, _F_SETPIPE_SZ, _PIPE)
        turn = 0
        while size:
            held = await _move(reader, into, min(size, _PIPE), wait_for=reader)
            if not held:
                raise Broken
            size -= held
            turn += held
            while held:
                held -= await _move(out, writer, held, wait_for=writer)
            if turn >= _TURN or not size:
                moved()
                turn = 0
                # So that one transfer leaves others their turn.
                await asyncio.sleep(0)


async def readable(source: socket.socket) -> None:
    """Wait until a socket has something to read, or its end."""
    number = os.dup(source.fileno())
    try:
        await _until_ready(number, writable=False)
    finally:
        os.close(number)


async def _move(source: int, target: int, size: int, *, wait_for: int) -> int:
    """Move at least one byte, and return how many; 0 at the source's end."""
    flags = os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK
    while True:
        try:
            return os.splice(source, target, size, flags=flags)
        except BlockingIOError:
            await _until_ready(wait_for, writable=wait_for == target)


async def _until_ready(number: int, *, writable: bool) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()

    def tell() -> None:
        if not ready.done():
            ready.set_result(None)

    (loop.add_writer if writable else loop.add_reader)(number, tell)
    try:
        await ready
    finally:
        (loop.remove_writer if writable else loop.remove_reader)(number)
