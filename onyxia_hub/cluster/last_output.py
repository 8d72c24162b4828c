"""What a program wrote last, fit for the eyes of the person who launched it.

The kubelet puts the end of a container's log, at most 80 lines or 2048 bytes, in the message of its
end if ``terminationMessagePolicy`` is ``FallbackToLogsOnError`` (core/v1 Container).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from onyxia_hub.cluster.observed import LONGEST, end_of
from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.hiding import hide
from onyxia_hub.manifests.start import CLONE_FAILED, MESSAGE_PREFIX

__all__ = ["clone_failure", "hint", "init_script_failed", "last_words", "lines_of"]

# Colours, movements and titles of terminals (ECMA-48 control sequences and OSC strings).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")
# Jupyter's [C …] and [E …], Python's last line of a traceback, shells' and most others' messages.
_COMPLAINT = re.compile(
    r"^\[[CE] |\b(error|fatal|failed|refused|not found)\b|\w+Error:", re.IGNORECASE
)
_LINES = 3


def lines_of(message: str, *, secrets: Iterable[str]) -> list[str]:
    """Return the lines of a program's output, cleaned, without secrets and without empty ones.

    Parameters
    ----------
    message
        The end of its output.
    secrets
        What must not come back.
    """
    plain = hide(_TERMINAL.sub("", message), secrets)
    lines = (clean(line, longest=LONGEST) for line in plain.splitlines())
    return [line for line in lines if line]


def clone_failure(lines: Sequence[str]) -> str | None:
    """Return why the start script could not clone the repository; ``None`` if that is not it."""
    return _own(lines, CLONE_FAILED)


def init_script_failed(lines: Sequence[str]) -> bool:
    """Return whether the start script says that the init script failed."""
    return _own(lines, "the init script ended with exit code") is not None


def last_words(lines: Sequence[str]) -> str:
    """Return a program's last lines in one, without the start script's own."""
    theirs = [line for line in lines if not line.startswith(MESSAGE_PREFIX)]
    return _joined(theirs)


def hint(lines: Sequence[str]) -> str:
    """Return a sentence with what a program wrote last; lines that complain go first."""
    if not lines:
        return "It wrote nothing."
    telling = [line for line in lines if _COMPLAINT.search(line)] or lines
    return f"Its last words were: {_joined(telling)}"


def _joined(lines: Sequence[str]) -> str:
    return end_of(" / ".join(lines[-_LINES:]))


def _own(lines: Sequence[str], start: str) -> str | None:
    """Return what follows the start of a line that the start script wrote."""
    for line in lines:
        if line.startswith(f"{MESSAGE_PREFIX}{start}"):
            return line.removeprefix(f"{MESSAGE_PREFIX}{start}").strip()
    return None
