"""What a program wrote last, fit for the eyes of the person who launched it.

A process has a log file. Of a container, the kubelet puts the end of its log, at most 80 lines or
2048 bytes, in the message of its end if ``terminationMessagePolicy`` is ``FallbackToLogsOnError``
(core/v1 Container).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.hiding import hide
from onyxia_hub.errors import CloneFailed, InitScriptFailed, ProgramFailed
from onyxia_hub.language import Said
from onyxia_hub.manifests.start import CLONE_FAILED, MESSAGE_PREFIX

__all__ = [
    "LOG_LINES",
    "LONGEST",
    "MOST_LINES",
    "Happening",
    "LiveLog",
    "Output",
    "end_of",
    "hint",
    "init_script_failed",
    "last_words",
    "lines_of",
    "log_lines",
    "of_start",
]

#: Most characters of somebody else's words in a sentence.
LONGEST = 200

#: Most lines of a program's output that people are shown when it has ended.
MOST_LINES = 40

#: Most lines of the log of a program that runs, and most characters of each.
LOG_LINES = 300
_LONGEST_OF_LOG = 1000

# Colours, movements and titles of terminals (ECMA-48 control sequences and OSC strings).
_TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b.")
# Jupyter's [C …] and [E …], Python's last line of a traceback, shells' and most others' messages.
_COMPLAINT = re.compile(
    r"^\[[CE] |\b(error|fatal|failed|refused|not found)\b|\w+Error:", re.IGNORECASE
)
_LINES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """What a program left when it ended.

    Parameters
    ----------
    exit_code
        With what it ended last; ``None`` if it never has, or nobody knows.
    restarts
        How often it has been started again.
    lines
        Its last lines, cleaned and without secrets, at most `MOST_LINES`.
    """

    exit_code: int | None
    restarts: int
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that the platform did with a service, or could not do.

    Parameters
    ----------
    time
        When, as the platform wrote it (RFC 3339); empty if it did not.
    warning
        Whether it is one.
    reason
        The platform's word for it.
    message
        Its sentence, cleaned and without secrets.
    """

    time: str
    warning: bool
    reason: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLog:
    """What a service writes, and what happens to it.

    Parameters
    ----------
    lines
        The last lines, cleaned and without secrets, at most `LOG_LINES`.
    source
        Name of the preparation step that wrote them; empty if it is the service's own program.
    happenings
        The latest last.
    """

    lines: tuple[str, ...] = ()
    source: str = ""
    happenings: tuple[Happening, ...] = ()


def log_lines(text: str, *, secrets: Iterable[str]) -> tuple[str, ...]:
    """Return the end of a log, cleaned and without secrets.

    Parameters
    ----------
    text
        The log, or a part of it that starts and ends with whole lines.
    secrets
        What must not come back.
    """
    return tuple(lines_of(text, secrets=secrets, longest=_LONGEST_OF_LOG)[-LOG_LINES:])


def lines_of(message: str, *, secrets: Iterable[str], longest: int = LONGEST) -> list[str]:
    """Return the lines of a program's output, cleaned, without secrets and without empty ones.

    Parameters
    ----------
    message
        The end of its output.
    secrets
        What must not come back.
    longest
        Most characters of a line.
    """
    plain = hide(_TERMINAL.sub("", message), secrets)
    lines = (clean(line, longest=longest) for line in plain.splitlines())
    return [line for line in lines if line]


def end_of(text: str) -> str:
    """Return a text without its start if it is longer than `LONGEST`."""
    return text if len(text) <= LONGEST else "…" + text[1 - LONGEST :]


def of_start(lines: Sequence[str], *, exit_code: int, display_name: str) -> ProgramFailed | None:
    """Return the error for what the start script says that it could not do.

    Parameters
    ----------
    lines
        What `lines_of` returned.
    exit_code
        With what it ended.
    display_name
        The service's name.

    Returns
    -------
    ProgramFailed or None
        ``None`` if the start script did what it had to do.
    """
    said = last_words(lines)
    if (cause := _own(lines, CLONE_FAILED)) is not None:
        words = (
            Said("git wrote: {said}", said=said)
            if said
            else Said("The cause: {cause}.", cause=cause)
        )
        return CloneFailed(display_name=display_name, exit_code=exit_code, hint=words)
    if init_script_failed(lines):
        words = Said("It wrote: {said}", said=said) if said else Said("It wrote nothing.")
        return InitScriptFailed(display_name=display_name, exit_code=exit_code, hint=words)
    return None


def init_script_failed(lines: Sequence[str]) -> bool:
    """Return whether the start script says that the init script failed."""
    return _own(lines, "the init script ended with exit code") is not None


def last_words(lines: Sequence[str]) -> str:
    """Return a program's last lines in one, without the start script's own."""
    theirs = [line for line in lines if not line.startswith(MESSAGE_PREFIX)]
    return _joined(theirs)


def hint(lines: Sequence[str]) -> Said:
    """Return a sentence with what a program wrote last; lines that complain go first."""
    if not lines:
        return Said("It wrote nothing.")
    telling = [line for line in lines if _COMPLAINT.search(line)] or lines
    return Said("Its last words were: {said}", said=_joined(telling))


def _joined(lines: Sequence[str]) -> str:
    return end_of(" / ".join(lines[-_LINES:]))


def _own(lines: Sequence[str], start: str) -> str | None:
    """Return what follows the start of a line that the start script wrote."""
    for line in lines:
        if line.startswith(f"{MESSAGE_PREFIX}{start}"):
            return line.removeprefix(f"{MESSAGE_PREFIX}{start}").strip()
    return None
