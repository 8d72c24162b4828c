"""Wait for something to become true."""

import time
from collections.abc import Callable

from tests.cluster.trouble import ClusterTrouble

__all__ = ["wait_until"]


def wait_until(
    true: Callable[[], bool],
    *,
    what: str,
    seconds: float,
    failed: Callable[[], str | None] = lambda: None,
) -> None:
    """Ask again and again until it is true.

    Parameters
    ----------
    true
        Asks.
    what
        What is waited for, to complete "After 60 s, ... not".
    seconds
        How long at most.
    failed
        Says, if it can no longer become true, why.

    Raises
    ------
    ClusterTrouble
        It didn't become true in time, or can't any more.
    """
    deadline = time.monotonic() + seconds
    while not true():
        if reason := failed():
            raise ClusterTrouble(reason)
        if time.monotonic() > deadline:
            raise ClusterTrouble(f"After {seconds:g} s still waiting: {what}.")
        time.sleep(0.2)
