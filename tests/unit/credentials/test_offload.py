"""Blocking calls off the event loop."""

import asyncio
import subprocess
import sys
import threading
import time

import pytest

from onyxia_hub.credentials.offload import Deadline, Transient, WorkerPool, retrying
from onyxia_hub.errors import ProviderUnreachable, TokenRefused


def unreachable(detail="no connection"):
    return ProviderUnreachable(provider="Vault", endpoint="http://vault", detail=detail)


async def test_the_result_of_a_call_comes_back_from_a_thread_of_the_pool():
    pool = WorkerPool(name="pool", threads=2)
    assert await pool.run(lambda _: threading.current_thread().name, timeout=5) == "pool-1"


async def test_an_exception_of_a_call_comes_back_as_it_is():
    pool = WorkerPool(name="pool", threads=1)

    def fail(_):
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        await pool.run(fail, timeout=5)
    assert await pool.run(lambda _: 1, timeout=5) == 1


async def test_no_more_calls_run_at_a_time_than_there_are_threads():
    pool = WorkerPool(name="pool", threads=3)
    lock, running, most = threading.Lock(), 0, 0

    def call(_):
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1

    await asyncio.gather(*(pool.run(call, timeout=5) for _ in range(12)))
    assert most == 3
    assert pool.threads == 3


async def test_one_thread_serves_calls_that_come_one_after_the_other():
    pool = WorkerPool(name="pool", threads=5)
    for _ in range(4):
        await pool.run(lambda _: None, timeout=5)
        await asyncio.sleep(0.02)
    assert pool.threads == 1


async def test_a_call_that_takes_too_long_times_out_and_learns_that_nobody_waits():
    pool = WorkerPool(name="pool", threads=1)
    learned = threading.Event()

    def call(deadline):
        while not deadline.abandoned:
            time.sleep(0.01)
        learned.set()

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await pool.run(call, timeout=0.1)
    assert time.monotonic() - started < 1
    assert learned.wait(2)


async def test_an_answer_that_is_late_is_the_providers_error_with_nothing_behind_it():
    pool = WorkerPool(name="pool", threads=1)
    release = threading.Event()
    with pytest.raises(ProviderUnreachable, match=r"no answer within 0\.1 s") as raised:
        await pool.ask(lambda _: release.wait(5), timeout=0.1, unanswered=unreachable)
    release.set()
    assert raised.value.__context__ is None
    assert await pool.ask(lambda _: "came", timeout=5, unanswered=unreachable) == "came"


async def test_a_call_still_in_the_queue_at_its_deadline_never_starts():
    pool = WorkerPool(name="pool", threads=1)
    release, ran = threading.Event(), []
    blocking = asyncio.ensure_future(pool.run(lambda _: release.wait(5), timeout=5))
    await asyncio.sleep(0.05)
    with pytest.raises(TimeoutError):
        await pool.run(lambda _: ran.append(1), timeout=0.1)
    release.set()
    await blocking
    await pool.run(lambda _: None, timeout=5)
    assert ran == []


async def test_a_cancelled_caller_tells_the_thread():
    pool = WorkerPool(name="pool", threads=1)
    seen = []
    started, over = threading.Event(), threading.Event()

    def call(deadline):
        started.set()
        over.wait(5)
        seen.append(deadline.abandoned)

    task = asyncio.ensure_future(pool.run(call, timeout=5))
    await asyncio.to_thread(started.wait, 2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    over.set()
    await pool.run(lambda _: None, timeout=5)
    assert seen == [True]


def test_a_call_that_hangs_does_not_keep_the_process_from_ending():
    code = """
import asyncio, time
from onyxia_hub.credentials.offload import WorkerPool
async def main():
    try:
        await WorkerPool(name="p", threads=1).run(lambda _: time.sleep(60), timeout=0.1)
    except TimeoutError:
        print("timed out")
asyncio.run(main())
"""
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True
    )
    assert done.stdout == "timed out\n"
    assert time.monotonic() - started < 20


class Attempts:
    """Fails in the given ways, then succeeds."""

    def __init__(self, *failures):
        self.failures = list(failures)
        self.made = 0

    def __call__(self):
        self.made += 1
        if self.failures:
            raise self.failures.pop(0)
        return "done"


def test_two_lost_connections_are_forgiven():
    attempts = Attempts(*(Transient.no_connection(unreachable()) for _ in range(2)))
    assert retrying(attempts, deadline=Deadline(5)) == "done"
    assert attempts.made == 3


def test_the_third_lost_connection_is_told():
    attempts = Attempts(*(Transient.no_connection(unreachable(str(i))) for i in range(5)))
    with pytest.raises(ProviderUnreachable, match=r"\(2\)") as raised:
        retrying(attempts, deadline=Deadline(5))
    assert attempts.made == 3
    assert raised.value.__context__ is None
    assert raised.value.__cause__ is None


def test_one_server_error_is_forgiven_and_the_second_is_told():
    attempts = Attempts(*(Transient.server_error(unreachable(str(i))) for i in range(5)))
    with pytest.raises(ProviderUnreachable, match=r"\(1\)"):
        retrying(attempts, deadline=Deadline(5))
    assert attempts.made == 2


def test_a_refusal_is_told_at_once():
    attempts = Attempts(TokenRefused(provider="Vault", endpoint="http://vault", detail="no"))
    with pytest.raises(TokenRefused):
        retrying(attempts, deadline=Deadline(5))
    assert attempts.made == 1


def test_no_attempt_starts_after_the_deadline():
    attempts = Attempts(*(Transient.no_connection(unreachable()) for _ in range(5)))
    with pytest.raises(ProviderUnreachable):
        retrying(attempts, deadline=Deadline(0.05))
    assert attempts.made == 1


def test_nobody_retries_for_a_caller_who_has_gone():
    deadline = Deadline(5)
    deadline.abandon()
    attempts = Attempts(*(Transient.no_connection(unreachable()) for _ in range(5)))
    with pytest.raises(ProviderUnreachable):
        retrying(attempts, deadline=deadline)
    assert attempts.made == 1
