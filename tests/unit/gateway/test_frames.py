"""Websocket messages are counted in whatever pieces they come."""

import pytest

from onyxia_hub.gateway.frames import FrameCounter, close_frame

MASK = b"\x01\x02\x03\x04"


def frame(opcode, size, *, fin=True, masked=True):
    head = bytes([(0x80 if fin else 0) | opcode])
    mark = 0x80 if masked else 0
    if size < 126:
        head += bytes([mark | size])
    elif size < 65536:
        head += bytes([mark | 126]) + size.to_bytes(2, "big")
    else:
        head += bytes([mark | 127]) + size.to_bytes(8, "big")
    return head + (MASK if masked else b"") + b"x" * size


STREAM = (
    frame(1, 5)
    + frame(9, 4)
    + frame(2, 0)
    + frame(1, 200)
    + frame(1, 10, fin=False)
    + frame(9, 3)
    + frame(0, 7)
    + frame(2, 70_000, masked=False)
    + frame(10, 0)
)


@pytest.mark.parametrize("step", [1, 2, 3, 7, 1000, len(STREAM)])
def test_each_message_is_counted_once_and_control_frames_are_none(step):
    counter = FrameCounter()
    found = []
    for start in range(0, len(STREAM), step):
        found += counter.feed(STREAM[start : start + step])
    assert found == [5, 0, 200, 17, 70_000]
    assert counter.between_frames
    assert not counter.has_closed


def test_a_frame_can_be_put_in_only_between_frames():
    counter = FrameCounter()
    assert counter.between_frames
    assert list(counter.feed(frame(1, 5)[:1])) == []
    assert not counter.between_frames
    assert list(counter.feed(frame(1, 5)[1:8])) == []
    assert not counter.between_frames
    assert list(counter.feed(frame(1, 5)[8:])) == [5]
    assert counter.between_frames


@pytest.mark.parametrize("masked", [True, False])
def test_a_goodbye_is_a_close_frame_with_its_code(masked):
    frame = close_frame(1008, masked=masked)
    counter = FrameCounter()
    assert list(counter.feed(frame)) == []
    assert counter.has_closed
    assert counter.between_frames
    assert frame[0] == 0x88
    assert bool(frame[1] & 0x80) is masked
    assert frame[-2:] == (1008).to_bytes(2, "big")
