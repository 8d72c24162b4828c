"""The program as the gateway's child, where it has no container of its own."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

__all__ = ["ChildProgram"]

_PR_SET_PDEATHSIG = 1  # prctl(2)


class ChildProgram:
    """A command in a process group of its own, which ends as a whole.

    Parameters
    ----------
    command
        Program and arguments.
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._command = list(command)
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it; it writes where the gateway writes.

        Raises
        ------
        OSError
            If there is no such program, or it may not be run.
        """
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.DEVNULL,
            # In the gateway's session still, by which what a crash leaves is found and ended.
            process_group=0,
            # One thread, so there is no lock that another could hold.
            preexec_fn=_dies_with_this_process(),
        )

    async def wait(self) -> int:
        """Wait for its end and return its exit code; negative for a signal's number."""
        return await self._started.wait()

    async def end(self, patience: float) -> None:
        """Ask it and its children to end; kill what is left.

        Parameters
        ----------
        patience
            Seconds between the two.
        """
        process = self._started
        self._send(signal.SIGTERM)
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), patience)
        self._send(signal.SIGKILL)
        await process.wait()

    @property
    def _started(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError("the program has not been started")
        return self._process

    def _send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._started.pid, number)


def _dies_with_this_process() -> Callable[[], None] | None:
    """Return what lets a child end when the gateway is killed; only Linux can do that."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is None:
        return None
    return lambda: prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
