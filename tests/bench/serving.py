"""A server that runs for as long as it is measured."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil
import requests

__all__ = ["serving"]


@contextmanager
def serving(
    command: Sequence[str | Path], *, env: Mapping[str, str], url: str, log: Path
) -> Iterator[psutil.Process]:
    """Run a server, wait until it answers, and end it with all that it started.

    Parameters
    ----------
    command
        Program and arguments.
    env
        Its whole environment.
    url
        What it answers, whatever the answer is.
    log
        File for what it writes.

    Yields
    ------
    psutil.Process
        The server.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, stdout=output, stderr=subprocess.STDOUT)
    try:
        _wait(process, url, log)
        yield psutil.Process(process.pid)
    finally:
        watched = psutil.Process(process.pid)
        family = [*watched.children(recursive=True), watched]
        process.terminate()
        for each in psutil.wait_procs(family, timeout=5)[1]:
            each.kill()
        process.wait()


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            requests.get(url, timeout=10, allow_redirects=False)
        except requests.ConnectionError:
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"It did not start:\n{log.read_text()}") from None
            time.sleep(0.2)
        else:
            return
