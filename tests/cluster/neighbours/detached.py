"""Parts that go on when the command that started them ends."""

from __future__ import annotations

import asyncio
import hashlib
import json
import subprocess
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from onyxia_hub.demo.identity.files import private_folder
from onyxia_hub.demo.logs import open_log, tail_of
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.service_process import ServiceProcess
from onyxia_hub.errors import DemoError
from tests.cluster.trouble import ClusterTrouble

__all__ = ["Detached"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Detached:
    """Starts parts in sessions of their own, and finds them again by their records.

    Parameters
    ----------
    run
        Folder of the records, ``<name>.json`` with pid and start time.
    fingerprint
        Text that differs when running parts would have to be started anew.
    """

    run: Path
    fingerprint: str
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)

    def running(self, name: str) -> ServiceProcess | None:
        """Return the process of a part if it runs."""
        process = ServiceProcess.read(self._record(name))
        return process if process is not None and process.find() is not None else None

    async def ensure(self, part: Part) -> bool:
        """Bring a part up and wait until it is ready.

        Returns
        -------
        bool
            Whether it had to be started.

        Raises
        ------
        ClusterTrouble
            With the end of the log, if it ends or is not ready in time; nothing of it runs then,
            unless it was there before.
        """
        if self.running(part.name) is not None:
            if self._recorded(part.name).get("fingerprint") == self._fingerprint(part):
                await self._wait(part)
                return False
            await self.end(part.name)
        private_folder(self.run)
        with open_log(part.log) as output:
            child = subprocess.Popen(  # noqa: ASYNC220  # returns at once
                part.command,
                cwd=part.cwd,
                env=dict(part.env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._started[part.name] = child
        ServiceProcess.of(child.pid).write(
            self._record(part.name),
            fingerprint=self._fingerprint(part),
            patience=str(part.stop_timeout),
            leaves="\n".join(map(str, part.leaves)),
        )
        try:
            await self._wait(part)
        except BaseException:
            await self.end(part.name)
            raise
        return True

    async def end(self, name: str) -> bool:
        """End a part and all that it started; tell whether it ran."""
        process = ServiceProcess.read(self._record(name))
        if process is None:
            return False
        recorded = self._recorded(name)
        ran = process.find() is not None
        await process.end(patience=float(recorded.get("patience") or 5))
        child = self._started.pop(name, None)
        if child is not None:
            await asyncio.to_thread(child.wait, 10)
        _remove(recorded.get("leaves", ""))
        self._record(name).unlink(missing_ok=True)
        return ran

    async def _wait(self, part: Part) -> None:
        ready = asyncio.ensure_future(part.ready())
        gone = asyncio.ensure_future(self._gone(part.name))
        try:
            await asyncio.wait(
                (ready, gone), timeout=part.ready_timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if gone.done():
                raise _failed(part, "ended")
            if not ready.done():
                raise _failed(part, f"was not ready within {part.ready_timeout:g} seconds")
            try:
                ready.result()
            except (DemoError, OSError, ValueError, KeyError) as cause:
                raise _failed(part, f"could not be set up ({cause})") from cause
        finally:
            for task in (ready, gone):
                task.cancel()
            await asyncio.gather(ready, gone, return_exceptions=True)

    async def _gone(self, name: str) -> None:
        while self.running(name) is not None:  # noqa: ASYNC110  # a process can't set an Event
            await asyncio.sleep(0.2)

    def _fingerprint(self, part: Part) -> str:
        text = json.dumps([self.fingerprint, part.command])
        return hashlib.sha256(text.encode()).hexdigest()

    def _recorded(self, name: str) -> dict[str, str]:
        try:
            return dict(json.loads(self._record(name).read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    def _record(self, name: str) -> Path:
        return self.run / f"{name}.json"


def _remove(paths: str) -> None:
    for path in filter(None, paths.split("\n")):
        with suppress(OSError):
            Path(path).unlink(missing_ok=True)


def _failed(part: Part, what: str) -> ClusterTrouble:
    return ClusterTrouble(
        f"{part.label} {what}. The end of its log {part.log}:\n{tail_of(part.log)}"
    )
