"""Paths of secrets and folders below a user's directory in Vault."""

from __future__ import annotations

from onyxia_hub.credentials.folders import is_step
from onyxia_hub.errors import SecretPathInvalid
from onyxia_hub.language import Said

__all__ = ["folder_path", "secret_path"]

# Vault puts the path into the key of its storage, of which Consul takes 512 bytes in all.
_LONGEST = 400


def secret_path(path: str) -> str:
    """Return the path of a secret, if it stays below the user's directory.

    More is allowed than `is_own_path` takes for a launch: whatever other tools have written can
    be opened.

    Parameters
    ----------
    path
        Steps with slashes between them.

    Raises
    ------
    onyxia_hub.errors.SecretPathInvalid
        For an empty step, ``.``, ``..``, a character that is not printable, or too long a path.
    """
    if problem := _problem(path):
        shown = "".join(c if c.isprintable() else "?" for c in path)[:80]
        raise SecretPathInvalid(path=shown, problem=problem)
    return path


def folder_path(path: str) -> str:
    """Return the path of a folder, without a slash at its end; empty for the directory itself.

    Raises
    ------
    onyxia_hub.errors.SecretPathInvalid
        As for `secret_path`.
    """
    folder = path.removesuffix("/")
    return secret_path(folder) if folder else ""


def _problem(path: str) -> str | None:
    if not path:
        return Said("it is empty")
    if not path.isprintable():
        return Said("it holds a character that can't be printed")
    if len(path.encode()) > _LONGEST:
        return Said("it is longer than {longest} bytes", longest=_LONGEST)
    if not all(map(is_step, path.split("/"))):
        return Said("a part of it is empty, “.” or “..”")
    return None
