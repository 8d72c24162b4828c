"""Ports of this machine for the servers of tests."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from onyxia_hub.demo.ports import is_free

# Below the range from which Linux takes the ports of outgoing connections and of port 0, so that
# nothing takes one of ours by chance before its server has started; above Kubernetes' own; below
# those of the test cluster's neighbours and of the embedded default.
_OURS = range(11_000, 18_000)
_chance = random.SystemRandom()


def free_port() -> int:
    """Return a loopback port that nothing listens on."""
    while not is_free(port := _chance.choice(_OURS)):
        pass
    return port


@contextmanager
def taken(port: int) -> Iterator[None]:
    """Let another process listen on a port."""
    blocker = (
        "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
        "print('taken', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", blocker, str(port)], stdout=subprocess.PIPE, text=True
    ) as taker:
        try:
            assert taker.stdout is not None
            assert taker.stdout.readline() == "taken\n"
            yield
        finally:
            taker.kill()
