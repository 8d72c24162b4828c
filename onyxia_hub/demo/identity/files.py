"""Files that survive a kill in the middle of a write, and that only their owner reads."""

from __future__ import annotations

import logging
import os
import secrets
import time
from pathlib import Path

__all__ = ["private_folder", "read_or_make_secret", "set_aside", "write_private"]

_log = logging.getLogger(__name__)


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner enters; an existing one is closed to others too."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Write a file of mode 0600 so that readers see the old text or the new, never a part.

    Raises
    ------
    OSError
        If it can't be written.
    """
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def set_aside(file: Path, *, why: str) -> Path:
    """Move a file that can't be used out of the way, keep it, and say so in the log."""
    aside = file.with_name(f"{file.name}.broken-{time.time_ns()}")
    file.replace(aside)
    _log.warning("%s can't be used (%s): moved to %s, a new one is made", file, why, aside.name)
    return aside


def read_or_make_secret(file: Path) -> str:
    """Return the secret in a file, after making one of 256 bits if the file is missing or empty."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        text = ""
    if not text:
        text = secrets.token_urlsafe(32)
        write_private(file, text + "\n")
    return text
