"""What the texts that users type must look like.

Every pattern is a regular expression for Python's ``re`` and for browsers' ``pattern`` attribute
alike (the stock KubeSpawner form uses it in both places), so hyphens and slashes inside character
classes are escaped as browsers demand. None admits a brace, a quote or a line break: the values go
through ``str.format`` in KubeSpawner and into environment variables.

No message repeats what was typed: an address may hold a password, a script a key.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from onyxia_hub.catalogue.wording import kind
from onyxia_hub.errors import InvalidOption
from onyxia_hub.language import Said
from onyxia_hub.manifests.own_path import OWN_PATH, is_own_path

__all__ = [
    "CHECKS",
    "PATTERNS",
    "SCRIPT_LIMIT",
    "check_git_branch",
    "check_git_repository",
    "check_s3_prefix",
    "check_script",
    "check_vault_secret",
    "is_sound",
    "text_of",
]

SCRIPT_LIMIT = 64 * 1024
"""Most bytes of an init script: a Kubernetes Secret holds 1 MiB in all."""

_LONGEST_LINE = 2048

# Double and single quote, ampersand, less than, greater than, and the braces: written so that a
# pattern can stand in an HTML attribute.
_MARKS = r"\x22\x27\x26\x3c\x3e\{\}"

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        # https only, a host without user or password, a path; no query, no fragment. The last step,
        # less one .git, is the folder of the clone (start.sh), so it may not be one that is always
        # there, or git's own.
        "git_repository": (
            r"^(?!.*\/(\.{1,2}|\.{0,2}\.git|\.git\.git)\/?$)"
            r"https:\/\/[A-Za-z0-9][A-Za-z0-9.\-]*(:[0-9]{1,5})?"
            r"(\/[A-Za-z0-9._~%+,=@\-]+)+\/?$"
        ),
        # A subset of git check-ref-format(1) for the name below refs/heads/.
        "git_branch": (
            r"^(?![\-\/.])(?!@$)(?!.*(\.\.|\/\/|\/\.|@\{|\.lock(\/|$)))"
            rf"[^\x00-\x20\x7f~\^:?*\[\]\\{_MARKS}]*[^\x00-\x20\x7f~\^:?*\[\]\\{_MARKS}.\/]$"
        ),
        "vault_secret": OWN_PATH,
    }
)
"""What the one-line texts must match as a whole."""


def is_sound(text: str) -> bool:
    """Whether ``text`` can be written as UTF-8 and passed to a program."""
    return "\0" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def text_of(field: str, value: object, *, limit: int = _LONGEST_LINE) -> str:
    """Return a value that must be a text.

    Parameters
    ----------
    field
        Name of the option, for the message.
    value
        What was given.
    limit
        Most bytes of it.

    Raises
    ------
    InvalidOption
        If it is not a text, can't be written as UTF-8, holds a NUL, or is too long.
    """
    if not isinstance(value, str):
        raise InvalidOption(
            field=field,
            problem=Said("is {kind}", kind=kind(value)),
            fix=Said("Write a text between quotes."),
        )
    # Lengths are compared first: a long text is not to be read through.
    if len(value) > limit or (is_sound(value) and len(value.encode()) > limit):
        raise InvalidOption(
            field=field,
            problem=Said("is longer than {limit} bytes", limit=limit),
            fix=Said("Write at most {limit} bytes.", limit=limit),
        )
    if not is_sound(value):
        raise InvalidOption(
            field=field,
            problem=Said("holds a NUL or a broken character"),
            fix=Said("Type it again without that character."),
        )
    return value


def check_git_repository(value: str) -> str:
    """Return the address of a repository, unchanged.

    Raises
    ------
    InvalidOption
        If it is not a plain https address, or does not end with a name for the clone's folder.
    """
    field = "git_repository"
    example = Said("Write for example https://git.example.org/team/project.git.")
    if not value.startswith("https://"):
        raise InvalidOption(field=field, problem=Said("does not start with https://"), fix=example)
    host = value.removeprefix("https://").split("/", 1)[0]
    if "@" in host:
        raise InvalidOption(
            field=field,
            problem=Said("holds a user name or a password, which would be kept in clear"),
            fix=Said(
                "Put the token in a Vault secret or a variable, and write the address without it."
            ),
        )
    _, _, port = host.partition(":")
    if (port and not (port.isascii() and port.isdigit() and 0 < int(port[:6]) < 65536)) or (
        not re.fullmatch(PATTERNS[field], value)
    ):
        raise InvalidOption(
            field=field, problem=Said("is not the https address of a repository"), fix=example
        )
    return value


def check_git_branch(value: str) -> str:
    """Return the name of a branch, unchanged.

    Raises
    ------
    InvalidOption
        If git would not accept it, or it could be taken for an option of git.
    """
    if not value.isprintable() or not re.fullmatch(PATTERNS["git_branch"], value):
        raise InvalidOption(
            field="git_branch",
            problem=Said("is not a name that git accepts for a branch"),
            fix=Said(
                "Write for example main or feature/cleaning: no spaces, no leading dash, no “..”."
            ),
        )
    return value


def check_vault_secret(value: str) -> str:
    """Return the path of a secret, unchanged.

    Raises
    ------
    InvalidOption
        If it is not one, see `is_own_path`.
    """
    if not is_own_path(value):
        raise InvalidOption(
            field="vault_secret",
            problem=Said("is not a path below your own folder in Vault"),
            fix=Said(
                "Write for example project/database: no leading slash, no “..”, no empty part."
            ),
        )
    return value


def check_s3_prefix(value: str) -> str:
    """Return a folder of one's own place in S3, without a slash at its end.

    Raises
    ------
    InvalidOption
        If it could lead out of the place, see `is_own_path`.
    """
    folder = value.removesuffix("/")
    if not is_own_path(folder):
        raise InvalidOption(
            field="s3_prefix",
            problem=Said("is not a folder below your own place in S3"),
            fix=Said(
                "Write for example projects/survey: no leading slash, no “..”, no empty part."
            ),
        )
    return folder


def check_script(value: object) -> str:
    """Return an init script with the line ends of Unix.

    Browsers and Windows end lines with CR LF, which a shell would take literally: the CR would be
    part of the interpreter's name, and of every last word.

    Raises
    ------
    InvalidOption
        If it is not a text, holds a NUL, or is longer than `SCRIPT_LIMIT`.
    """
    script = value.replace("\r\n", "\n") if isinstance(value, str) else value
    return text_of("init_script", script, limit=SCRIPT_LIMIT)


CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "git_repository": check_git_repository,
        "git_branch": check_git_branch,
        "vault_secret": check_vault_secret,
        "s3_prefix": check_s3_prefix,
    }
)
"""The check of each optional one-line text."""
