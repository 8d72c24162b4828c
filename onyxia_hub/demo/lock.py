"""One demo for each state folder."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from onyxia_hub.errors import DemoAlreadyRuns

__all__ = ["hold_lock"]


@contextmanager
def hold_lock(file: Path) -> Iterator[None]:
    """Hold the folder's lock.

    The kernel lets go of it when the process ends, however it ends, so there is no stale lock.

    Raises
    ------
    DemoAlreadyRuns
        If another process holds it.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise DemoAlreadyRuns(state_dir=file.parent, pid=holder or "unknown") from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)
