"""The demo's processes: none outlives it, whatever they leave behind.

Three nets, for a demo that ends in any way:

* Each child gets SIGTERM from the kernel when the demo itself is killed (`die_with_parent`).
* A process whose parent dies goes to the nearest ancestor that calls itself a subreaper, else to
  init (prctl(2), PR_SET_CHILD_SUBREAPER). The demo is the subreaper, so at its end whatever ever
  came from it, daemons included, is among its descendants.
* Each child has a record, by which the next start finds what survived (`leftovers`).
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from onyxia_hub.demo import die_with_parent
from onyxia_hub.demo.leftovers import record_process
from onyxia_hub.demo.logs import open_log
from onyxia_hub.demo.service_process import ServiceProcess

__all__ = ["Children"]

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_AGAIN = 0.5


class Children:
    """Starts processes, buries dead orphans, and ends what is left.

    A dead orphan must be buried at once: until then it is a zombie, and the hub would take a
    service that ended for one that runs.

    Parameters
    ----------
    run
        Folder of the records.
    """

    def __init__(self, *, run: Path) -> None:
        self._run = run
        self._own: dict[int, asyncio.Task[int]] = {}
        self._known: dict[str, ServiceProcess] = {}
        self._starting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._later: asyncio.TimerHandle | None = None

    def adopt_orphans(self) -> None:
        """Become the subreaper of all descendants; does nothing where the kernel has none."""
        if sys.platform != "linux":
            return
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        self._loop = asyncio.get_running_loop()
        self._loop.add_signal_handler(signal.SIGCHLD, self._bury)

    def close(self) -> None:
        """Stop being the subreaper."""
        if self._loop is not None:
            self._loop.remove_signal_handler(signal.SIGCHLD)
            self._loop = None
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        if self._later is not None:
            self._later.cancel()
            self._later = None

    async def start(
        self, name: str, command: tuple[str, ...], *, cwd: Path, env: Mapping[str, str], log: Path
    ) -> asyncio.subprocess.Process:
        """Start a program in a session of its own.

        Parameters
        ----------
        name
            Word for its record.
        command
            Program and arguments.
        cwd
            Where it runs.
        env
            Its whole environment.
        log
            File that takes its output.

        Raises
        ------
        OSError
            If it can't be started.
        """
        wrapper = (sys.executable, "-I", "-S", die_with_parent.__file__, str(os.getpid()))
        self._starting += 1
        try:
            with open_log(log) as output:
                process = await asyncio.create_subprocess_exec(
                    *wrapper,
                    *command,
                    cwd=cwd,
                    env=dict(env),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    # Ctrl-C in a terminal goes to its foreground group. Only the demo itself may
                    # see it, or the parts would end in any order.
                    start_new_session=True,
                )
            pid = process.pid
            self._own[pid] = asyncio.create_task(process.wait())
            self._own[pid].add_done_callback(lambda _: self._own.pop(pid, None))
        finally:
            self._starting -= 1
        known = record_process(self._record(name), pid)
        if known is not None:
            self._known[name] = known
        return process

    async def end(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        *,
        patience: float,
        ask: signal.Signals = signal.SIGTERM,
    ) -> None:
        """End a process and what is left of its session.

        Parameters
        ----------
        name
            Word for its record.
        process
            From `start`.
        patience
            Seconds that it has to end by itself.
        ask
            The signal that asks it to.
        """
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.send_signal(ask)
            try:
                await asyncio.wait_for(process.wait(), patience)
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        known = self._known.pop(name, None)
        if known is not None:
            # The rest of its session. Users' services are not in the hub's: they have their own.
            await known.end(patience=0)
        self._record(name).unlink(missing_ok=True)

    async def end_all(self, *, patience: float) -> int:
        """End every process that is still a descendant.

        Parameters
        ----------
        patience
            Seconds that each has to end by itself.

        Returns
        -------
        int
            How many children there were.
        """
        left = []
        for child in psutil.Process().children():
            with suppress(psutil.NoSuchProcess):
                if child.status() != psutil.STATUS_ZOMBIE:
                    left.append(ServiceProcess(pid=child.pid, create_time=child.create_time()))
        await asyncio.gather(*(process.end(patience=patience) for process in left))
        return len(left)

    def _record(self, name: str) -> Path:
        return self._run / f"part.{name}.json"

    def _bury(self) -> None:
        while True:
            try:
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            except ChildProcessError:
                return
            if dead is None:
                return
            if self._starting or dead.si_pid in self._own:
                # asyncio waits for it by its pid; others may be behind it in the queue.
                self._try_later()
                return
            with suppress(ChildProcessError):
                os.waitpid(dead.si_pid, os.WNOHANG)

    def _try_later(self) -> None:
        if self._loop is None:
            return
        if self._later is not None:
            self._later.cancel()
        self._later = self._loop.call_later(_AGAIN, self._bury)
