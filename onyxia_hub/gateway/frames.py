"""Websocket frames, as far as a relay needs them: where messages end, and how to say goodbye.

RFC 6455, section 5.2. What frames hold is neither decoded nor kept.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["FrameCounter", "close_frame"]

_CLOSE = 8  # opcode; from here on frames are control frames
_FIN, _OPCODE, _MASK, _LENGTH = 0x80, 0x0F, 0x80, 0x7F


class FrameCounter:
    """Follows one direction of a connection."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._left = 0  # bytes of the current frame's content that are still to come
        self._message = 0  # bytes of the current message so far
        self._ends = False  # whether the current frame is the last of its message
        self.has_closed = False

    @property
    def between_frames(self) -> bool:
        """Whether a frame may be put in here."""
        return not self._left and not self._head

    def feed(self, data: bytes) -> Iterator[int]:
        """Yield the size, in bytes, of each message that ends in these bytes.

        Control frames (ping, pong, close) are no messages.
        """
        position, end = 0, len(data)
        while position < end:
            if self._left:
                step = min(self._left, end - position)
                position += step
                self._left -= step
            else:
                position = self._read_head(data, position)
                if self._head:
                    return
            if not self._left and self._ends:
                self._ends = False
                size, self._message = self._message, 0
                yield size

    def _read_head(self, data: bytes, position: int) -> int:
        """Read the start of a frame; `_head` stays filled if it is not all there."""
        head = self._head
        needed = self._head_size()
        while len(head) < needed and position < len(data):
            step = min(needed - len(head), len(data) - position)
            head += data[position : position + step]
            position += step
            needed = self._head_size()
        if len(head) < needed:
            return position
        opcode = head[0] & _OPCODE
        length = head[1] & _LENGTH
        if length == 126:
            (length,) = struct.unpack_from("!H", head, 2)
        elif length == 127:
            (length,) = struct.unpack_from("!Q", head, 2)
        self._left = length
        if opcode >= _CLOSE:
            # It may stand between two frames of one message.
            self.has_closed = self.has_closed or opcode == _CLOSE
        else:
            self._message += length
            self._ends = bool(head[0] & _FIN)
        head.clear()
        return position

    def _head_size(self) -> int:
        head = self._head
        if len(head) < 2:
            return 2
        length = head[1] & _LENGTH
        return 2 + {126: 2, 127: 8}.get(length, 0) + (4 if head[1] & _MASK else 0)


def close_frame(code: int, *, masked: bool) -> bytes:
    """Return a frame that ends a connection.

    Parameters
    ----------
    code
        The reason, RFC 6455, section 7.4.1.
    masked
        Whether a client sends it; the mask may be zero, as it protects nobody on this line.
    """
    content = struct.pack("!H", code)
    if masked:
        return bytes([_FIN | _CLOSE, _MASK | len(content), 0, 0, 0, 0]) + content
    return bytes([_FIN | _CLOSE, len(content)]) + content
