"""Terminals in which something runs, seen from outside: in ``/proc``, whatever the program is.

proc(5): each process's ``stat`` tells its session, and whether that has a terminal. A shell that
waits for a command is no work. Whatever else runs in the session is, be it in the background; an
editor or a pager that was left open too: it may hold what nobody saved.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["terminal_at_work"]

_PROC = Path("/proc")
_SHELLS = frozenset(
    (
        "ash",
        "bash",
        "dash",
        "fish",
        "ksh",
        "login",
        "mksh",
        "nu",
        "screen",
        "sh",
        "su",
        "tcsh",
        "tmux",
        "xonsh",
        "zsh",
    )
)
_STOPPED = frozenset("TtZX")  # stopped by a signal or a debugger, or dead


@dataclass(frozen=True, slots=True)
class _Process:
    pid: int
    parent: int
    name: str
    state: str
    terminal: int


def terminal_at_work(*, below: int | None = None, proc: Path = _PROC) -> bool:
    """Return whether a terminal runs something.

    Parameters
    ----------
    below
        Look only at what this process has started, and so on; ``None`` for every process that can
        be seen, which in a pod are the pod's.
    proc
        Where the kernel shows processes.
    """
    found = {process.pid: process for process in _processes(proc)}
    return any(
        _is_work(process) and (below is None or _is_below(process, below, found))
        for process in found.values()
    )


def _is_work(process: _Process) -> bool:
    if not process.terminal or process.state in _STOPPED:
        return False
    return process.state == "R" or process.name.lstrip("-") not in _SHELLS


def _is_below(process: _Process, root: int, found: dict[int, _Process]) -> bool:
    seen = set()
    while process.parent in found and process.parent not in seen:
        if process.parent == root:
            return True
        seen.add(process.parent)
        process = found[process.parent]
    return False


def _processes(proc: Path) -> Iterator[_Process]:
    try:
        folders = [folder for folder in proc.iterdir() if folder.name.isdecimal()]
    except OSError:  # a system without it
        return
    for folder in folders:
        try:
            text = (folder / "stat").read_bytes().decode("utf-8", "replace")
        except OSError:  # it has ended
            continue
        # The name stands in brackets and may hold some itself.
        start, end = text.index("("), text.rindex(")")
        state, parent, _, _, terminal = text[end + 2 :].split()[:5]
        yield _Process(int(folder.name), int(parent), text[start + 1 : end], state, int(terminal))
