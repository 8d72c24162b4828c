"""Tell whoever waits what is being done and how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["say", "step"]


def say(text: str) -> None:
    """Write one line, at once also when standard output is a file.

    Parameters
    ----------
    text
        The line.
    """
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Write one line with the seconds a piece of work took.

    Parameters
    ----------
    what
        What is done, as in "build kube".

    Yields
    ------
    None
        While it is done; nothing is written if it fails, because the error is.
    """
    started = time.monotonic()
    yield
    say(f"{time.monotonic() - started:7.1f} s  {what}")
