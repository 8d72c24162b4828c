"""Moving secrets, and whole folders of them: Vault can only read, write and delete one at a time.

Everything is copied first, then the old place is emptied: what breaks off loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from onyxia_hub.credentials.secret_path import folder_path, secret_path
from onyxia_hub.errors import (
    LaunchError,
    SecretChanged,
    SecretFolderChanged,
    SecretGone,
    SecretInvalid,
    SecretNotMoved,
    SecretOldLeft,
    SecretThere,
)
from onyxia_hub.own_vault.directory import OwnVault

__all__ = ["Moved", "delete_folder", "move", "names_below"]

T = TypeVar("T")

#: Most secrets of one folder that are moved or deleted at once.
_MOST = 1000
_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a move.

    Parameters
    ----------
    moved
        How many secrets are in the new place.
    left
        Paths of those that were left as they were: their newest version is deleted.
    """

    moved: int
    left: tuple[str, ...]


async def names_below(vault: OwnVault, folder: str) -> tuple[str, ...]:
    """Return the paths of all secrets in a folder and in those in it.

    Parameters
    ----------
    vault
        The user's.
    folder
        Its path, which is not empty.

    Raises
    ------
    onyxia_hub.errors.SecretInvalid
        If there are more than a thousand.
    onyxia_hub.errors.LaunchError
        If Vault refuses or does not answer.
    """
    start = secret_path(folder_path(folder)) + "/"
    found: list[str] = []
    queue = [start]
    while queue:
        inner = queue.pop()
        for name in await vault.list(inner):
            (queue if name.endswith("/") else found).append(inner + name)
        if len(found) > _MOST:
            raise SecretInvalid(
                field="the folder",
                problem=f"holds more than {_MOST} secrets",
                fix="Do it with the folders in it, one by one.",
            )
    return tuple(sorted(found))


async def delete_folder(
    vault: OwnVault, folder: str, *, every: bool, expected_count: int | None = None
) -> int:
    """Delete all secrets in a folder, and return how many they were.

    Parameters
    ----------
    vault
        The user's.
    folder
        Its path.
    every
        Whether all versions are deleted, for good; otherwise the newest ones, as
        `OwnVault.delete` does.
    expected_count
        How many secrets it held when it was looked at; ``None`` for whatever there is.

    Raises
    ------
    onyxia_hub.errors.SecretFolderChanged
        If it holds another number.
    onyxia_hub.errors.LaunchError
        If Vault refuses or does not answer.
    """
    paths = await names_below(vault, folder)
    await _check_count(vault, folder, len(paths), expected_count)
    await _all(vault.destroy if every else vault.delete, paths)
    return len(paths)


async def move(
    vault: OwnVault,
    source: str,
    target: str,
    *,
    keep_versions: bool,
    expected: int | None = None,
) -> Moved:
    """Copy the newest version of a secret, or of all in a folder, and delete it in the old place.

    Parameters
    ----------
    vault
        The user's.
    source, target
        Paths of secrets, or of folders: these end in a slash.
    keep_versions
        Whether the older versions stay in the old place, and the newest can be restored there;
        otherwise all versions are deleted for good.
    expected
        The newest version as it was read, or the number of secrets in the folder; ``None`` for
        whatever there is.

    Raises
    ------
    onyxia_hub.errors.SecretInvalid
        If it can't be moved there.
    onyxia_hub.errors.SecretGone
        If there is none, or its newest version is deleted.
    onyxia_hub.errors.SecretChanged, onyxia_hub.errors.SecretFolderChanged
        If it is not what was expected, or was written while it was moved.
    onyxia_hub.errors.SecretThere
        If there is something in the new place.
    onyxia_hub.errors.SecretNotMoved
        If not all could be copied; the old place is as it was.
    onyxia_hub.errors.SecretOldLeft
        If all is copied, and not all could be deleted in the old place.
    """
    _check(source, target)
    if source.endswith("/"):
        paths = await names_below(vault, source)
        await _check_count(vault, source, len(paths), expected)
        if not paths:
            raise SecretGone(what=await _place(vault, source), fix="Nothing is in it.")
        if await vault.list(target):
            raise SecretThere(place=await _place(vault, target))
        versions = await _all(vault.newest_there, paths)
        pairs = {path: version for path, version in zip(paths, versions, strict=True) if version}
    else:
        found = (await vault.read(source)).version.number
        if expected not in {None, found}:
            raise SecretChanged(place=await _place(vault, source))
        paths, pairs = (source,), {source: found}
    await _copied(vault, source, target, pairs)
    await _emptied(vault, source, pairs, keep_versions=keep_versions)
    return Moved(len(pairs), tuple(path for path in paths if path not in pairs))
