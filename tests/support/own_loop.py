"""Coroutines for tests that are none."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["in_own_loop"]


def in_own_loop(talk: Coroutine[Any, Any, Any], timeout: float) -> Any:
    """Run a coroutine and return its result.

    In a thread: Playwright's sync API keeps a loop running in the caller's.

    Parameters
    ----------
    talk
        The coroutine.
    timeout
        Seconds until it must be done.
    """
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asyncio.wait_for(talk, timeout)).result()
