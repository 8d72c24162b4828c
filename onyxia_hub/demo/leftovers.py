"""Ending what a demo left running, without ever hitting a stranger.

Each process has a record ``<run>/<any name>.json`` with its pid and its creation time, written by
the supervisor for parts and by the spawner for users' services. A pid that the system has given to
another program since has another creation time, so it is left alone.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import psutil

from onyxia_hub.demo.service_process import ServiceProcess

__all__ = ["end_leftovers", "record_process"]


def record_process(file: Path, pid: int) -> ServiceProcess | None:
    """Write and return the record of a process that just started; none if it is already gone."""
    try:
        process = ServiceProcess.of(pid)
    except psutil.NoSuchProcess:
        return None
    process.write(file)
    return process


async def end_leftovers(run: Path, *, patience: float) -> int:
    """End every recorded process that still runs, with all it started, and drop the records.

    Parameters
    ----------
    run
        Folder of the records.
    patience
        Seconds that each has to end by itself.

    Returns
    -------
    int
        How many records had something running.
    """
    files, recorded = _read_all(run)
    running = [process for process in recorded if process.find() or process.relatives()]
    await asyncio.gather(*(process.end(patience=patience) for process in running))
    for file in files:
        file.unlink(missing_ok=True)
    return len(running)


def _read_all(run: Path) -> tuple[list[Path], list[ServiceProcess]]:
    files = sorted(run.glob("*.json"))
    return files, [process for file in files if (process := ServiceProcess.read(file)) is not None]
