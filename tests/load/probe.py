"""Somebody who looks at the hub now and then, while it does something else."""

from __future__ import annotations

import statistics
import threading
import time
from contextlib import suppress
from typing import Self

import requests

from tests.support.lone_hub import LoneHub

__all__ = ["Latency", "Probe"]

_EVERY = 0.05


class Latency:
    """How long requests took.

    Parameters
    ----------
    milliseconds
        Of each.
    """

    def __init__(self, milliseconds: list[float]) -> None:
        self.requests = len(milliseconds)
        self.p50 = statistics.median(milliseconds)
        self.p99 = statistics.quantiles(milliseconds, n=100)[98]
        self.max = max(milliseconds)


class Probe:
    """Asks twenty times a second, one after the other, for somebody and for the hub itself.

    Parameters
    ----------
    hub
        The hub.
    people
        How many there are.
    """

    def __init__(self, hub: LoneHub, *, people: int) -> None:
        self._milliseconds: list[float] = []
        self._hub = hub
        self._people = people
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def latency(self) -> Latency:
        """What it saw."""
        return Latency(self._milliseconds)

    def _ask(self) -> None:
        place = 0
        while not self._over.wait(_EVERY):
            place += 1
            path = "" if place % 4 == 0 else f"users/user{place % self._people}"
            began = time.perf_counter()
            with suppress(requests.RequestException):
                self._hub.api("GET", path).raise_for_status()
                self._milliseconds.append((time.perf_counter() - began) * 1000)
