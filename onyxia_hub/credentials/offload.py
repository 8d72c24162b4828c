"""Blocking calls off the event loop: bounded threads, a total deadline, few retries.

boto3 and hvac block. Their threads can't be cancelled, so each call carries its `Deadline`: it sets
its socket timeouts by it, and learns afterwards whether anybody still waits for the result.
"""

from __future__ import annotations

import asyncio
import queue
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from onyxia_hub.errors import CredentialError

__all__ = ["Deadline", "Transient", "WorkerPool", "retrying"]

T = TypeVar("T")

CONNECTION_RETRIES = 2
SERVER_ERROR_RETRIES = 1
_FIRST_PAUSE = 0.1


class Deadline:
    """The moment by which a call must be over, shared by the caller and its thread.

    Parameters
    ----------
    seconds
        Time from now.
    """

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._abandoned = threading.Event()

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def abandoned(self) -> bool:
        """Whether the caller has gone, so that the result reaches nobody."""
        return self._abandoned.is_set()

    def abandon(self) -> None:
        """Say that nobody waits any more."""
        self._abandoned.set()


class Transient(Exception):
    """An attempt that failed in a way that may pass by itself.

    Parameters
    ----------
    error
        What to raise when no attempt succeeds.
    retries
        How often this kind of failure is worth another attempt.
    """

    def __init__(self, error: CredentialError, *, retries: int) -> None:
        super().__init__(type(error).__name__)
        self.error = error
        self.retries = retries

    @classmethod
    def no_connection(cls, error: CredentialError) -> Transient:
        """Nothing listened, or the connection broke."""
        return cls(error, retries=CONNECTION_RETRIES)

    @classmethod
    def server_error(cls, error: CredentialError) -> Transient:
        """The server said that the fault is its own."""
        return cls(error, retries=SERVER_ERROR_RETRIES)


def retrying(attempt: Callable[[], T], *, deadline: Deadline) -> T:
    """Call until it succeeds, is refused, or another attempt makes no sense.

    Parameters
    ----------
    attempt
        Raises `Transient` for what may pass; everything else goes through at once.
    deadline
        No attempt starts after it.

    Raises
    ------
    onyxia_hub.errors.CredentialError
        The error of the last `Transient`.
    """
    made = 0
    while True:
        try:
            return attempt()
        except Transient as failure:
            last = failure
        made += 1
        # Jitter, so that the launches of a storm do not all come back at the same moment.
        pause = _FIRST_PAUSE * 2**made * random.uniform(0.5, 1.0)  # noqa: S311  # no secret
        if made > last.retries or deadline.remaining <= pause or deadline.abandoned:
            # Out of the except block: the exception's context may quote a token.
            raise last.error
        time.sleep(pause)


class WorkerPool:
    """At most so many daemon threads, started when needed, that run blocking calls.

    ``concurrent.futures.ThreadPoolExecutor`` would do but for its exit: the interpreter joins its
    threads, so a provider that hangs would keep the hub from stopping.

    Parameters
    ----------
    name
        Start of the threads' names.
    threads
        Most calls at a time; others wait, on their own deadline.
    """

    def __init__(self, *, name: str, threads: int) -> None:
        self._name = name
        self._most = threads
        self._calls: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._started = 0
        self._unfinished = 0

    @property
    def threads(self) -> int:
        """How many threads have been started."""
        return self._started

    async def run(self, call: Callable[[Deadline], T], *, timeout: float) -> T:  # noqa: ASYNC109
        """Run one blocking call and wait for it.

        Parameters
        ----------
        call
            Gets the deadline that it has to keep.
        timeout
            Seconds for everything, waiting for a thread included. ``asyncio.timeout`` around it
            would not tell the thread that nobody waits.

        Raises
        ------
        TimeoutError
            If it is not over in time. The thread then finishes alone; a call still in the queue
            never starts.
        """
        deadline = Deadline(timeout)
        future = asyncio.wrap_future(self._submit(lambda: call(deadline)))
        try:
            return await asyncio.wait_for(future, timeout)
        except BaseException:
            deadline.abandon()
            raise

    async def ask(
        self,
        call: Callable[[Deadline], T],
        *,
        timeout: float,  # noqa: ASYNC109  # the pool's, as in `run`
        unanswered: Callable[[str], CredentialError],
    ) -> T:
        """Run one blocking call to a provider; a late answer is the provider's error.

        Parameters
        ----------
        call
            As for `run`.
        timeout
            As for `run`, in seconds.
        unanswered
            Makes the error from what happened.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            What ``unanswered`` made, if it is not over in time.
        """
        try:
            return await self.run(call, timeout=timeout)
        except TimeoutError:
            failure = unanswered(f"no answer within {timeout:g} s")
        # Outside the except block, so that no exception with inner details hangs on it.
        raise failure

    def _submit(self, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._unfinished += 1
            if self._unfinished > self._started < self._most:
                self._started += 1
                name = f"{self._name}-{self._started}"
                threading.Thread(target=self._work, name=name, daemon=True).start()
        self._calls.put((future, call))
        return future

    def _work(self) -> None:
        while True:
            future, call = self._calls.get()
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as error:  # noqa: BLE001  # the waiting side raises it
                    future.set_exception(error)
                else:
                    future.set_result(result)
                    del result
            # Keep neither tokens nor credentials alive while waiting for the next call.
            del future, call
            with self._lock:
                self._unfinished -= 1
