"""Environment variables that users bring along.

Their values may be secrets, and a name that is none may be a piece of one (the second line of a
pasted key), so messages tell which variable it is by its place, never by its text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from onyxia_hub.catalogue.free_text import is_sound
from onyxia_hub.catalogue.wording import kind
from onyxia_hub.errors import InvalidOption

__all__ = ["LIMIT", "MOST", "RESERVED", "check_variables", "variables_from_lines"]

MOST = 100
"""Most variables of one launch."""

LIMIT = 64 * 1024
"""Most bytes of all names and values together."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_HUB_PREFIXES = ("JUPYTERHUB_", "JPY_")

RESERVED = frozenset(
    {
        "AWS_ACCESS_KEY_ID",
        "AWS_CONFIG_FILE",
        "AWS_DEFAULT_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ENDPOINT_URL_S3",
        "AWS_PATH_STYLE_ACCESS",
        "AWS_PROFILE",
        "AWS_REGION",
        "AWS_S3_ENDPOINT",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_WORKING_DIRECTORY_PATH",
        "S3_ENDPOINT",
        "VAULT_ADDR",
        "VAULT_MOUNT",
        "VAULT_NAMESPACE",
        "VAULT_RELATIVE_PATH",
        "VAULT_TOKEN",
        "VAULT_TOP_DIR",
    }
)
"""Variables that carry the hub's credentials, or would turn SDKs away from them."""


def check_variables(value: object) -> dict[str, str]:
    """Return the variables as texts.

    Parameters
    ----------
    value
        A mapping of names to texts, numbers, or true and false.

    Raises
    ------
    InvalidOption
        If it is anything else, a name is not one or belongs to the hub, or it is too much.
    """
    if not isinstance(value, Mapping):
        raise _invalid(
            f"is {kind(value)}", 'Write a mapping of names to values, for example {"LEVEL": "2"}.'
        )
    if len(value) > MOST:
        raise _invalid(f"holds {len(value)} variables", f"Give at most {MOST}.")
    checked = {
        _name(name, place): _text(item, place)
        for place, (name, item) in enumerate(value.items(), start=1)
    }
    size = sum(len(name) + len(text.encode()) for name, text in checked.items())
    if size > LIMIT:
        raise _invalid(f"takes {size} bytes in all", f"Give at most {LIMIT} bytes.")
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
            raise _invalid(f"line {number} holds no “=”", "Write NAME=value on each line.")
        if name.strip() in variables:
            raise _invalid(f"line {number} gives a name that an earlier line gave", "Keep one.")
        variables[name.strip()] = value
    return variables


def _name(name: object, place: int) -> str:
    if not isinstance(name, str) or len(name) > 256 or not _NAME.fullmatch(name):
        raise _invalid(
            f"variable {place} has a name that can't be used",
            "Use up to 256 letters, digits and _, and no digit first.",
        )
    if name in RESERVED or name.startswith(_HUB_PREFIXES):
        shown = name if name in RESERVED else f"a name with {name.split('_')[0]}_"
        raise _invalid(
            f"variable {place} has a name that the hub sets itself ({shown})",
            "Choose another name.",
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
        what = "not a usable number" if isinstance(value, int | float) else kind(value)
        raise _invalid(f"variable {place} is {what}", "Write a text, a number, or true or false.")
    if len(value) > LIMIT:
        raise _invalid(f"variable {place} is too long", f"Give at most {LIMIT} bytes in all.")
    if not is_sound(value):
        raise _invalid(
            f"variable {place} holds a NUL or a broken character",
            "Type it again without that character.",
        )
    return value


def _invalid(problem: str, fix: str) -> InvalidOption:
    return InvalidOption(field="env", problem=problem, fix=fix)
