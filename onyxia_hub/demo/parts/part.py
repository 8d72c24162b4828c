"""What the supervisor needs to know of one part."""

from __future__ import annotations

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

__all__ = ["Part", "Stage"]


class Stage(IntEnum):
    """Groups of parts. They end in the opposite order, those of one stage together."""

    STORES = 1
    PROXY = 2
    HUB = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One server process of the demo.

    Parameters
    ----------
    name
        Word for its log file and its record.
    label
        How messages call it.
    command
        Program and arguments, without secrets.
    cwd
        Where it runs.
    log
        File that takes its output.
    ready
        Returns once the server answers as it should; called after each start, and cancelled
        when the process ends or its time is over. Does what a first start needs; may be called
        again.
    env
        Its whole environment; may hold secrets.
    ready_timeout
        Seconds until `ready` must have returned.
    stop_signal, stop_timeout
        What asks it to end, and the seconds until it is killed.
    stage
        When it ends.
    leaves
        Files outside its folder that it may leave behind; removed after its end.
    """

    name: str
    label: str
    command: tuple[str, ...]
    cwd: Path
    log: Path
    ready: Callable[[], Awaitable[None]] = field(repr=False)
    env: Mapping[str, str] = field(repr=False)
    ready_timeout: float = 60
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout: float = 5
    stage: Stage = Stage.STORES
    leaves: tuple[Path, ...] = ()
