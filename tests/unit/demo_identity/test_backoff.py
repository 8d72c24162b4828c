from __future__ import annotations

import pytest

from onyxia_hub.demo.identity.backoff import Backoff


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_the_first_attempts_cost_nothing(clock):
    backoff = Backoff(free=3, clock=clock)
    waits = []
    for _ in range(3):
        waits.append(backoff.remaining("alice"))
        backoff.attempt("alice")
    assert waits == [0.0, 0.0, 0.0]
    assert backoff.remaining("alice") == 1.0


def test_each_wait_is_twice_the_one_before_up_to_the_longest(clock):
    backoff = Backoff(free=1, longest=10, clock=clock)
    waits = []
    for _ in range(6):
        backoff.attempt("alice")
        waits.append(backoff.remaining("alice"))
    assert waits == [1.0, 2.0, 4.0, 8.0, 10.0, 10.0]


def test_a_wait_passes_with_time(clock):
    backoff = Backoff(free=1, clock=clock)
    backoff.attempt("alice")
    backoff.attempt("alice")
    clock.now += 1.5
    assert backoff.remaining("alice") == 0.5
    clock.now += 0.5
    assert backoff.remaining("alice") == 0.0


def test_ten_thousand_guesses_do_not_overflow(clock):
    backoff = Backoff(clock=clock)
    for _ in range(10_000):
        backoff.attempt("alice")
    assert backoff.remaining("alice") == 30.0


def test_one_user_does_not_slow_another_down(clock):
    backoff = Backoff(free=1, clock=clock)
    backoff.attempt("alice")
    assert backoff.remaining("bob") == 0.0


def test_the_right_password_and_a_long_pause_start_afresh(clock):
    backoff = Backoff(free=1, forget=100, clock=clock)
    backoff.attempt("alice")
    backoff.attempt("bob")
    backoff.succeeded("alice")
    clock.now += 100
    backoff.attempt("carol")
    assert [backoff.remaining(name) for name in ("alice", "bob", "carol")] == [0.0, 0.0, 1.0]


def test_a_flood_of_names_makes_it_forget_the_oldest_only(clock):
    backoff = Backoff(free=1, names=2, clock=clock)
    for name in ("alice", "bob", "alice", "carol"):
        backoff.attempt(name)
    assert backoff.remaining("alice") == 2.0
    assert backoff.remaining("bob") == 0.0
