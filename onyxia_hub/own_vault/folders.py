"""Moving secrets, and whole folders of them: Vault can only read, write and delete one at a time.

Everything is copied first, then the old place is emptied: what breaks off loses nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

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
from onyxia_hub.language import Said
from onyxia_hub.own_vault.directory import OwnVault

__all__ = ["Moved", "delete_folder", "move", "names_below"]

#: Most secrets of one folder that are moved or deleted at once.
_MOST = 1000
_AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a move.

    Parameters
    ----------
    moved
        How many secrets.
    left
        Paths of those that stay as they are in the old place: their newest version is deleted, or
        they were written meanwhile.
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
                field=Said("the folder"),
                problem=Said("holds more than {most} secrets", most=_MOST),
                fix=Said("Do it with the folders in it, one by one."),
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
    await _each(vault.destroy if every else vault.delete, paths)
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
        if await vault.list(target):
            raise SecretThere(place=await _place(vault, target))
    else:
        # Before anything: one that is deleted, or another than was seen.
        newest = (await vault.read(source)).version.number
        if expected not in {None, newest}:
            raise SecretChanged(place=await _place(vault, source))
        paths = (source,)
    copied: dict[str, int] = {}
    cause = ""
    try:
        await _each(lambda path: _copy(vault, path, target + path[len(source) :], copied), paths)
    except LaunchError as failure:
        cause = failure.message
        there = failure if isinstance(failure, SecretThere) and len(paths) == 1 else None
    # Out of the except block, as in `Asking`.
    if cause:
        left = await _take_back(vault, [target + path[len(source) :] for path in copied])
        raise there or SecretNotMoved(
            place=await _name(vault, source), cause=Said.joined("", [cause, left])
        )
    emptied: set[str] = set()
    try:
        await _each(lambda path: _empty(vault, path, copied, emptied, keep_versions), paths)
    except LaunchError as failure:
        cause = failure.message
    if cause:
        raise SecretOldLeft(place=await _name(vault, source), cause=cause)
    return Moved(len(emptied), tuple(path for path in paths if path not in emptied))


async def _copy(vault: OwnVault, path: str, target: str, copied: dict[str, int]) -> None:
    try:
        found = await vault.read(path)
    except SecretGone:
        # Its newest version is deleted: somebody may want to restore it.
        return
    try:
        await vault.write(target, found.values, expected_version=0)
    except SecretChanged:
        there = SecretThere(place=await _place(vault, target))
    else:
        copied[path] = found.version.number
        return
    raise there


async def _empty(
    vault: OwnVault, path: str, copied: Mapping[str, int], emptied: set[str], keep_versions: bool
) -> None:
    if path not in copied:
        return
    with contextlib.suppress(SecretGone):
        if (await vault.read(path)).version.number != copied[path]:
            return
    await (vault.delete if keep_versions else vault.destroy)(path)
    emptied.add(path)


async def _take_back(vault: OwnVault, copies: Sequence[str]) -> str:
    """Delete the copies, which nobody else can have made; returns what to say if that fails."""
    try:
        await _each(vault.destroy, copies)
    except LaunchError:
        return Said(" Copies of some secrets may be left in the new place.")
    return ""


async def _each(do: Callable[[str], Awaitable[None]], paths: Sequence[str]) -> None:
    """Do it for some at a time; at the first failure with none after those that have begun."""
    waiting = iter(paths)
    failures: list[LaunchError] = []

    async def work() -> None:
        for path in waiting:
            if failures:
                return
            try:
                await do(path)
            except LaunchError as failure:
                failures.append(failure)

    await asyncio.gather(*(work() for _ in range(_AT_A_TIME)))
    if failures:
        raise failures[0]


def _check(source: str, target: str) -> None:
    is_folder = source.endswith("/")
    for path in (source, target):
        secret_path(path.removesuffix("/"))
    problem: str = ""
    if target.endswith("/") != is_folder:
        problem = Said("is a folder, and the other a secret")
    elif target == source:
        problem = Said("is where it is")
    elif is_folder and target.startswith(source):
        problem = Said("is inside the folder itself")
    if problem:
        raise SecretInvalid(field="move_to", problem=problem, fix=Said("Choose another path."))


async def _check_count(vault: OwnVault, folder: str, count: int, expected: int | None) -> None:
    if not count:
        raise SecretGone(what=await _place(vault, folder), fix=Said("Nothing is in it."))
    if expected not in {None, count}:
        place = await _place(vault, folder)
        raise SecretFolderChanged(place=place, count=count, expected=expected)


async def _place(vault: OwnVault, path: str) -> str:
    return "/".join(await vault.place(path))


async def _name(vault: OwnVault, path: str) -> str:
    """Return the place of something, though Vault may be away by now."""
    try:
        return await _place(vault, path)
    except LaunchError:
        return path
