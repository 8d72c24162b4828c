"""What a user keeps for git, and the variables by which a service's git has it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from onyxia_hub.settings.git import git_server

__all__ = [
    "GIT_SECRET",
    "GIT_SERVER",
    "GIT_TOKEN",
    "GitIdentity",
    "beside",
    "email_problem",
    "git_env",
    "name_problem",
    "token_problem",
]

#: Path of the secret in the user's own directory in Vault.
GIT_SECRET = ".onyxia/git"  # noqa: S105  # a path
#: Variable of the token, by Onyxia's name.
GIT_TOKEN = "GIT_PERSONAL_ACCESS_TOKEN"  # noqa: S105  # a variable's name
#: Variable of the address that the token is for: `start_script` lets git use it there.
GIT_SERVER = "ONYXIA_GIT_SERVER"

_LONGEST_NAME = 200
_LONGEST_EMAIL = 254
_LONGEST_TOKEN = 8192
# git drops these, and takes a name of nothing else for an empty one (ident.c, `crud`).
_MARKS = re.compile(r"[<>]")
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+")
# One line of git's credential protocol, and of a header of HTTP.
_TOKEN = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class GitIdentity:
    """Who somebody is to git, and the token by which a server knows them.

    Parameters
    ----------
    name, email
        Of the author of commits; ``None`` if they are not kept.
    server
        What the token is for, as `git_server` returns it; ``None`` without a token.
    token
        The personal access token.
    token_since
        When the token was given (ISO 8601); ``None`` if that is not known.
    """

    name: str | None = None
    email: str | None = None
    server: str | None = None
    token: str | None = field(default=None, repr=False)
    token_since: str | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> GitIdentity:
        """Return what of a secret can be used: other tools may have written anything.

        Parameters
        ----------
        kept
            The secret's keys and values.
        """
        name, email, token = _text(kept, "name"), _text(kept, "email"), _text(kept, "token")
        has_token = token is not None and token_problem(token) is None
        return cls(
            name=name if name and name_problem(name) is None else None,
            email=email if email and email_problem(email) is None else None,
            server=git_server(_text(kept, "server") or "") if has_token else None,
            token=token if has_token else None,
            token_since=_text(kept, "token_since") if has_token else None,
        )


def _text(kept: Mapping[str, Any], key: str) -> str | None:
    value = kept.get(key)
    return value if isinstance(value, str) else None


def name_problem(name: str) -> str | None:
    """Return what keeps a text from being an author's name, as a clause; ``None`` if nothing."""
    if len(name) > _LONGEST_NAME:
        return f"is longer than {_LONGEST_NAME} characters"
    if not name.isprintable() or _MARKS.search(name):
        return "holds a character that git takes for something else"
    if not any(map(str.isalnum, name)):
        return "has neither a letter nor a digit"
    return None


def email_problem(email: str) -> str | None:
    """Return what keeps a text from being an author's e-mail address; ``None`` if nothing."""
    if len(email) > _LONGEST_EMAIL:
        return f"is longer than {_LONGEST_EMAIL} characters"
    if not email.isprintable() or not _EMAIL.fullmatch(email):
        return "is no e-mail address"
    return None


def token_problem(token: str) -> str | None:
    """Return what keeps a text from being a token; ``None`` if nothing. It is never repeated."""
    if len(token) > _LONGEST_TOKEN:
        return f"is longer than {_LONGEST_TOKEN} characters"
    if not _TOKEN.fullmatch(token):
        return "holds a space or a character that no token has"
    return None


def git_env(identity: GitIdentity) -> dict[str, str]:
    """Return the variables of a service; secret.

    Parameters
    ----------
    identity
        What its user keeps.

    Notes
    -----
    The first three names are Onyxia's (helm-charts-interactive-services, ``secretgit``); authors
    and committers are git's own (git(1), "Git Commits"), so that any image can commit.
    """
    values = {
        "GIT_USER_NAME": identity.name,
        "GIT_USER_MAIL": identity.email,
        GIT_TOKEN: identity.token,
        "GIT_AUTHOR_NAME": identity.name,
        "GIT_AUTHOR_EMAIL": identity.email,
        "GIT_COMMITTER_NAME": identity.name,
        "GIT_COMMITTER_EMAIL": identity.email,
        GIT_SERVER: identity.server,
    }
    return {name: value for name, value in values.items() if value is not None}


def beside(kept: Mapping[str, str], own: Mapping[str, str]) -> dict[str, str]:
    """Return variables with those that the user chose for one service over them.

    A token among these is for a server that nobody knows, so it is not given to the kept one.

    Parameters
    ----------
    kept
        Variables, `git_env`'s among them.
    own
        What the user chose.
    """
    dropped = {GIT_SERVER} if GIT_TOKEN in own else set()
    return {**{name: kept[name] for name in kept if name not in dropped}, **own}
