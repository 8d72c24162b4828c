"""The two options of profiles that run a program of the user's own: its command and its port.

The command is a line of shell and may hold a password, so no message repeats it. It reaches the
program in an environment variable of the service's Secret and is never part of a command line that
Kubernetes would see: there, it would stand in the pod's spec, and ``$(NAME)`` in it would be
expanded before the shell could.
"""

from __future__ import annotations

from collections.abc import Mapping

from onyxia_hub.catalogue.free_text import text_of
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.program import GATEWAY_PORT
from onyxia_hub.catalogue.wording import kind, shown
from onyxia_hub.errors import InvalidOption
from onyxia_hub.language import Said

__all__ = ["COMMAND_LIMIT", "HIGHEST_PORT", "LOWEST_PORT", "command_of", "port_of"]

COMMAND_LIMIT = 4096
"""Most bytes of a command."""

LOWEST_PORT = 1024
"""Ports below are for programs with special rights."""

HIGHEST_PORT = 65535
"""The last that there is."""

_EXAMPLE = Said(
    "Write the line that starts your program, for example uvicorn app:app --port $PORT."
)


def command_of(values: Mapping[str, object], profile: Profile) -> str | None:
    """Return the user's command, ``None`` if the profile runs a program of its own.

    Parameters
    ----------
    values
        The options under their plain names.
    profile
        The chosen profile.

    Raises
    ------
    InvalidOption
        If it is missing, not one line of text, or given for another profile.
    """
    if not profile.own_program:
        _refuse("command", values, profile)
        return None
    command = text_of("command", values.get("command", ""), limit=COMMAND_LIMIT).strip()
    if not command:
        raise InvalidOption(
            field="command",
            problem=Said("is empty") if "command" in values else Said("is missing"),
            fix=_EXAMPLE,
        )
    if not command.isprintable():
        raise InvalidOption(
            field="command",
            problem=Said("holds a line break or another character that can't be seen"),
            fix=Said(
                "Write one line. Put && between commands, or call a script of your repository."
            ),
        )
    return command


def port_of(values: Mapping[str, object], profile: Profile) -> int:
    """Return where the program listens: what the user chose, or the profile's own port.

    Parameters
    ----------
    values
        The options under their plain names.
    profile
        The chosen profile.

    Raises
    ------
    InvalidOption
        If it is not a number that a program may listen on, or given for another profile.
    """
    if not profile.own_program:
        _refuse("port", values, profile)
        return profile.port
    raw = values.get("port", "")
    # A form sends an empty text for what was left out.
    if raw == "":
        return profile.port
    fix = Said(
        "Choose a number between {lowest_port} and {highest_port}, or leave it out: {port}.",
        lowest_port=LOWEST_PORT,
        highest_port=HIGHEST_PORT,
        port=profile.port,
    )
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise InvalidOption(field="port", problem=Said("is {kind}", kind=kind(raw)), fix=fix)
    if isinstance(raw, str) and not (raw.isascii() and raw.isdigit()):
        raise InvalidOption(
            field="port", problem=Said("“{text}” is not a whole number", text=shown(raw)), fix=fix
        )
    # A number of thousands of digits could neither be read nor shown.
    port = raw if isinstance(raw, int) else int(raw) if len(raw) < 6 else HIGHEST_PORT + 1
    if not LOWEST_PORT <= port <= HIGHEST_PORT:
        problem = (
            Said("{text} is out of range", text=shown(str(raw)))
            if isinstance(raw, str) or abs(raw) < 10**6
            else Said("the number is out of range")
        )
        raise InvalidOption(field="port", problem=problem, fix=fix)
    if port == GATEWAY_PORT:
        raise InvalidOption(
            field="port", problem=Said("{port} is where the gateway listens", port=port), fix=fix
        )
    return port


def _refuse(key: str, values: Mapping[str, object], profile: Profile) -> None:
    # A form without JavaScript sends an empty text along.
    if values.get(key, "") != "":
        raise InvalidOption(
            field=key,
            problem=Said("can't be given, {slug} starts a program of its own", slug=profile.slug),
            fix=Said("Leave it out, or choose another profile."),
        )
