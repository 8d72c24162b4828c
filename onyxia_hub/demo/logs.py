"""The parts' log files."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import IO

__all__ = ["end_of", "open_log", "tail_of"]

_LONGEST = 5_000_000
_TAIL_BYTES = 4_000
_LINE_ENDS = re.compile(r"[\r\n]+")


def open_log(file: Path) -> IO[bytes]:
    """Open a log file to add to, after putting a big one aside as ``<name>.1``."""
    try:
        if file.stat().st_size > _LONGEST:
            file.replace(file.with_name(f"{file.name}.1"))
    except FileNotFoundError:
        pass
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


def end_of(file: Path, *, most: int) -> str:
    """Return the last whole lines of a log, at most so many bytes; empty if it can't be read."""
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - most))
            text = stream.read().decode("utf-8", "replace")
    except OSError:
        return ""
    # A bar of progress is written over and over, with returns only.
    return text if size <= most else _LINE_ENDS.split(text, maxsplit=1)[-1]


def tail_of(file: Path, *, lines: int = 12) -> str:
    """Return the last lines of a log, indented; a remark if there are none."""
    last = end_of(file, most=_TAIL_BYTES).rstrip().splitlines()[-lines:]
    return "\n".join(f"    {line}" for line in last) if last else "    (the log is empty)"
