"""Environment variables that users bring along.

Their values may be secrets, and a name that is none may be a piece of one (the second line of a
pasted key), so messages tell which variable it is by its place, never by its text.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from onyxia_hub.catalogue.free_text import is_sound
from onyxia_hub.catalogue.wording import kind
from onyxia_hub.errors import InvalidOption
from onyxia_hub.language import Said
from onyxia_hub.manifests.env_names import LONGEST_NAME, name_problem, reserved_as

__all__ = ["LIMIT", "MOST", "check_variables", "variables_from_lines"]

MOST = 100
"""Most variables of one launch."""

LIMIT = 64 * 1024
"""Most bytes of all names and values together."""


def check_variables(value: object) -> dict[str, str]:
    """Return the variables as texts.

    Parameters
    ----------
    value
        A mapping of names to texts, numbers, or true and false.

    Raises
    ------
    InvalidOption
        If it is anything else, a name is not one or is reserved, or it is too much.
    """
    if not isinstance(value, Mapping):
        raise _invalid(
            Said("is {kind}", kind=kind(value)),
            Said('Write a mapping of names to values, for example {{"LEVEL": "2"}}.'),
        )
    if len(value) > MOST:
        raise _invalid(
            Said("holds {count} variables", count=len(value)),
            Said("Give at most {most}.", most=MOST),
        )
    checked = {
        _name(name, place): _text(item, place)
        for place, (name, item) in enumerate(value.items(), start=1)
    }
    size = sum(len(name) + len(text.encode()) for name, text in checked.items())
    if size > LIMIT:
        raise _invalid(
            Said("takes {size} bytes in all", size=size),
            Said("Give at most {limit} bytes.", limit=LIMIT),
        )
    return checked


def variables_from_lines(text: str) -> dict[str, str]:
    """Read the form's text area: one ``NAME=value`` a line.

    Empty lines and lines that start with ``#`` are left out; values are taken as they are, quotes
    included.

    Raises
    ------
    InvalidOption
        If a line has no ``=``, or a name comes twice.
    """
    variables: dict[str, str] = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals:
            raise _invalid(
                Said("line {number} holds no “=”", number=number),
                Said("Write NAME=value on each line."),
            )
        if name.strip() in variables:
            raise _invalid(
                Said("line {number} gives a name that an earlier line gave", number=number),
                Said("Keep one."),
            )
        variables[name.strip()] = value
    return variables


def _name(name: object, place: int) -> str:
    if not isinstance(name, str) or name_problem(name):
        raise _invalid(
            Said("variable {place} has a name that can't be used", place=place),
            Said(
                "Use up to {longest_name} letters, digits and _, and no digit first.",
                longest_name=LONGEST_NAME,
            ),
        )
    if entry := reserved_as(name):
        raise _invalid(
            Said(
                "variable {place} has a reserved name ({entry}): the hub sets it, or it decides "
                "what runs before the program",
                place=place,
                entry=entry,
            ),
            Said("Choose another name."),
        )
    return name


def _text(value: object, place: int) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and abs(value) < 10**18:
        return str(value)
    if isinstance(value, float) and math.isfinite(value):
        return str(value)
    if not isinstance(value, str):
        what = Said("not a usable number") if isinstance(value, int | float) else kind(value)
        raise _invalid(
            Said("variable {place} is {what}", place=place, what=what),
            Said("Write a text, a number, or true or false."),
        )
    if len(value) > LIMIT:
        raise _invalid(
            Said("variable {place} is too long", place=place),
            Said("Give at most {limit} bytes in all.", limit=LIMIT),
        )
    if not is_sound(value):
        raise _invalid(
            Said("variable {place} holds a NUL or a broken character", place=place),
            Said("Type it again without that character."),
        )
    return value


def _invalid(problem: str, fix: str) -> InvalidOption:
    return InvalidOption(field="env", problem=problem, fix=fix)
