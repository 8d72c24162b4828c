"""One service's process and everything it started."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from onyxia_hub.demo.identity.files import write_private

__all__ = ["ServiceProcess"]

# Two readings of one process's start differ by what the clock was set meanwhile.
_SAME_START = 2.0
_TICK = 0.1


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """The first process of a service, leader of a session of its own.

    Parameters
    ----------
    pid
        Its process id.
    create_time
        When it started, in seconds since the epoch: the same number started at another time is
        another process, not ours.
    """

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> ServiceProcess:
        """Return the process that has this number now.

        Raises
        ------
        psutil.NoSuchProcess
            If there is none.
        """
        return cls(pid=pid, create_time=psutil.Process(pid).create_time())

    @classmethod
    def read(cls, file: Path) -> ServiceProcess | None:
        """Return the process of a record; ``None`` if there is no record, or none to be read."""
        try:
            record = json.loads(file.read_text(encoding="utf-8"))
            return cls(pid=int(record["pid"]), create_time=float(record["create_time"]))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def write(self, file: Path, **more: str) -> None:
        """Write the record of the process, all at once or not at all.

        Parameters
        ----------
        file
            Where.
        **more
            What else a person finds in it.
        """
        record = {"pid": self.pid, "create_time": self.create_time, **more}
        write_private(file, json.dumps(record) + "\n")

    def find(self) -> psutil.Process | None:
        """Return the process if it runs and is this one."""
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return None
            same = abs(process.create_time() - self.create_time) < _SAME_START
        except psutil.NoSuchProcess:
            return None
        return process if same else None

    def relatives(self) -> set[psutil.Process]:
        """Return what the process started: its descendants and all of its session.

        Descendants may have a session of their own (Jupyter's kernels do), and members of the
        session may have lost their parent.
        """
        leader = self.find()
        found: set[psutil.Process] = set()
        if leader is not None:
            with contextlib.suppress(psutil.NoSuchProcess):
                found.update(leader.children(recursive=True))
        elif psutil.pid_exists(self.pid):
            try:
                taken = psutil.Process(self.pid).status() != psutil.STATUS_ZOMBIE
            except psutil.NoSuchProcess:
                taken = False
            if taken:
                # The number belongs to somebody else now, and so does the session of that number.
                return found
        for pid in psutil.pids():
            with contextlib.suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
                if pid != self.pid and os.getsid(pid) == self.pid:
                    found.add(psutil.Process(pid))
        return found

    async def end(self, *, patience: float) -> bool:
        """End the process and all that it started.

        The process itself is asked first, so that a Jupyter server can shut its kernels down; what
        is left after that is asked, then killed.

        Parameters
        ----------
        patience
            Longest wait for the process to end by itself, in seconds; 0 to kill at once.

        Returns
        -------
        bool
            Whether everything has ended.
        """
        family = self.relatives()
        leader = self.find()
        if leader is not None and patience > 0:
            _send(leader, signal.SIGTERM)
            end = time.monotonic() + patience
            while self.find() is not None and time.monotonic() < end:
                family |= self.relatives()
                await asyncio.sleep(_TICK)
        family |= self.relatives()
        if leader is not None:
            family.add(leader)
        if patience > 0:
            await _signal_all(family, signal.SIGTERM, seconds=min(patience, 3.0))
        return await _signal_all(family, signal.SIGKILL, seconds=5.0)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    # psutil looks at the start time first, so a number that was given out again is left alone.
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)


def _alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def _signal_all(
    processes: set[psutil.Process], number: signal.Signals, *, seconds: float
) -> bool:
    """Signal those that run and wait for them; tell whether all have ended."""
    end = time.monotonic() + seconds
    for process in filter(_alive, processes):
        _send(process, number)
    while any(map(_alive, processes)):
        if time.monotonic() > end:
            return False
        await asyncio.sleep(_TICK)
    return True
