"""Keycloak, OpenBao and SeaweedFS: the cluster's if they are up, else some of our own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import requests

from tests.cluster.neighbours import facts_file, read_facts
from tests.cluster.neighbours.addresses import on_loopback
from tests.cluster.neighbours.facts import Facts
from tests.cluster.neighbours.platform import Platform
from tests.cluster.paths import cache_dir

_T = TypeVar("_T")

#: Where Keycloak's distribution is kept.
KEYCLOAK_CACHE = cache_dir() / "keycloak"


@contextmanager
def running_neighbours(folder: Path) -> Iterator[Facts]:
    """Have the neighbours run.

    Parameters
    ----------
    folder
        Empty folder for our own, which listen on loopback.
    """
    if facts_file().exists() and _answers(read_facts().issuer):
        yield read_facts()
        return
    own = Platform(state=folder, cache=KEYCLOAK_CACHE, addresses=on_loopback(), say=print)
    try:
        yield _apart(lambda: asyncio.run(own.up()))
    finally:
        _apart(lambda: asyncio.run(own.down()))


def _apart(function: Callable[[], _T]) -> _T:
    """Run a function where no event loop is, whatever pytest has set up here."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(function).result()


def _answers(address: str) -> bool:
    try:
        return requests.get(address, timeout=30).ok
    except requests.ConnectionError:
        return False
