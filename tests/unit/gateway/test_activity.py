"""What counts as use of a service."""

import pytest

from onyxia_hub.gateway.activity import Activity


@pytest.fixture
def clock():
    class Clock:
        now = 100.0

        def __call__(self):
            return self.now

    return Clock()


def test_there_is_none_before_the_first(clock):
    assert Activity(clock=clock).last is None


def test_a_request_counts_unless_it_is_ignored(clock):
    activity = Activity(ignore=["^/api/status$", "/ping"], clock=clock)
    for ignored in ("/api/status", "/x/ping?1"):
        activity.request(ignored)
    assert activity.last is None

    activity.request("/api/statuses")
    assert activity.last == 100.0
    clock.now = 160.0
    activity.request("/api/status")
    assert activity.last == 100.0


def test_only_messages_that_say_something_count(clock):
    activity = Activity(ignore=["^/quiet"], quiet_bytes=14, clock=clock)
    activity.message(14, "/socket")
    activity.message(1000, "/quiet/socket")
    assert activity.last is None

    activity.message(15, "/socket")
    assert activity.last == 100.0


def test_a_body_on_its_way_and_a_program_at_work_count(clock):
    activity = Activity(clock=clock)
    activity.bytes_moved("/file")
    assert activity.last == 100.0
    clock.now = 200.0
    activity.busy()
    assert activity.last == 200.0
