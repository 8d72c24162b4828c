"""Starting parts, keeping them up, ending them."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.logs import tail_of
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.errors import DemoError, PartFailed

__all__ = ["Patience", "Supervisor"]

# Seconds for a process whose check failed to end by itself.
_LAST_WORDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How often a part that ends unexpectedly is started again.

    Parameters
    ----------
    restarts
        Most restarts within ``window`` seconds; one more and the demo gives up.
    window
        Seconds.
    first_delay, longest_delay
        Seconds before the first restart, doubled at each further one within the window.
    """

    restarts: int = 5
    window: float = 120
    first_delay: float = 0.5
    longest_delay: float = 10


@dataclass(slots=True)
class _Kept:
    part: Part
    process: asyncio.subprocess.Process
    keeper: asyncio.Task[None] | None = None
    crashes: deque[float] = field(default_factory=deque)


class Supervisor:
    """Runs parts as children that can't outlive it.

    Parameters
    ----------
    say
        Takes one line for the person at the terminal.
    children
        Starts and ends the processes.
    patience
        When to give up on a part.
    """

    def __init__(
        self,
        *,
        say: Callable[[str], None],
        children: Children,
        patience: Patience | None = None,
    ) -> None:
        self._say = say
        self._children = children
        self._patience = patience or Patience()
        self._kept: dict[str, _Kept] = {}
        self._stopping = False
        self._gave_up: asyncio.Future[PartFailed] = asyncio.get_running_loop().create_future()

    async def start(self, part: Part) -> float:
        """Start a part and wait until it is ready; from then on it is kept up.

        Returns
        -------
        float
            Seconds it took.

        Raises
        ------
        PartFailed
            If it ends before, or is not ready in time.
        """
        began = time.monotonic()
        kept = _Kept(part=part, process=await self._spawn(part))
        self._kept[part.name] = kept
        await self._wait_until_ready(kept)
        kept.keeper = asyncio.create_task(self._keep(kept))
        return time.monotonic() - began

    async def failure(self) -> PartFailed:
        """Wait until a part is given up, and return why."""
        return await asyncio.shield(self._gave_up)

    def pid_of(self, name: str) -> int:
        """Return the pid of a part's present process.

        Raises
        ------
        KeyError
            If there is no such part.
        """
        return self._kept[name].process.pid

    async def stop(self) -> None:
        """End all parts, the last stage first."""
        self._stopping = True
        keepers = [kept.keeper for kept in self._kept.values() if kept.keeper is not None]
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(*keepers, return_exceptions=True)
        for stage in sorted({kept.part.stage for kept in self._kept.values()}, reverse=True):
            group = [kept for kept in self._kept.values() if kept.part.stage is stage]
            await asyncio.gather(*(self._end(kept) for kept in group))

    def kill(self) -> None:
        """End all parts at once, without asking."""
        self._stopping = True
        for kept in self._kept.values():
            with suppress(ProcessLookupError):
                kept.process.kill()

    async def _spawn(self, part: Part) -> asyncio.subprocess.Process:
        return await self._children.start(
            part.name, part.command, cwd=part.cwd, env=part.env, log=part.log
        )

    async def _wait_until_ready(self, kept: _Kept) -> None:
        part, process = kept.part, kept.process
        ready = asyncio.ensure_future(part.ready())
        ended = asyncio.ensure_future(process.wait())
        try:
            await asyncio.wait(
                (ready, ended), timeout=part.ready_timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if not ready.done() and not ended.done():
                what = f"was not ready within {part.ready_timeout:g} seconds"
                raise self._failed(part, what=what)
            if ready.done() and ready.exception() is not None:
                # If another program has its port, that one answered in its place, and the process
                # itself, which is about to end, tells the cause.
                await asyncio.wait((ended,), timeout=_LAST_WORDS)
            if ended.done():
                raise self._failed(part, what=f"ended with {_exit_words(ended.result())}")
            ready.result()
        except DemoError:
            await self._end(kept)
            raise
        except (OSError, ValueError, KeyError) as cause:
            await self._end(kept)
            problem = f"could not be set up ({type(cause).__name__})"
            raise self._failed(part, what=problem) from cause
        finally:
            for task in (ready, ended):
                task.cancel()
            await asyncio.gather(ready, ended, return_exceptions=True)

    async def _keep(self, kept: _Kept) -> None:
        part, patience = kept.part, self._patience
        while True:
            exit_code = await kept.process.wait()
            if self._stopping:
                return
            problem = self._failed(part, what=f"ended with {_exit_words(exit_code)}")
            while True:
                now = time.monotonic()
                while kept.crashes and kept.crashes[0] < now - patience.window:
                    kept.crashes.popleft()
                if len(kept.crashes) >= patience.restarts:
                    if not self._gave_up.done():
                        self._gave_up.set_result(problem)
                    return
                delay = min(patience.first_delay * 2 ** len(kept.crashes), patience.longest_delay)
                kept.crashes.append(now)
                what = problem.facts["what"]
                self._say(f"{part.label} {what}; starting it again in {delay:g} s")
                await asyncio.sleep(delay)
                try:
                    kept.process = await self._spawn(part)
                    await self._wait_until_ready(kept)
                except PartFailed as failed:
                    problem = failed
                    continue
                self._say(f"{part.label} is back")
                break

    async def _end(self, kept: _Kept) -> None:
        part = kept.part
        await self._children.end(
            part.name, kept.process, patience=part.stop_timeout, ask=part.stop_signal
        )
        for file in part.leaves:
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def _failed(self, part: Part, *, what: str) -> PartFailed:
        return PartFailed(part=part.label, what=what, log=part.log, tail=tail_of(part.log))


def _exit_words(exit_code: int) -> str:
    if exit_code >= 0:
        return f"exit code {exit_code}"
    try:
        return signal.Signals(-exit_code).name
    except ValueError:
        return f"signal {-exit_code}"
