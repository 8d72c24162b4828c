"""Renaming and moving files and folders: S3 can only copy, and delete what was copied."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from onyxia_hub.errors import (
    FileChanged,
    FileGone,
    FileThere,
    FolderThere,
    LaunchError,
    MoveBrokenOff,
    MoveRefused,
    OldPlaceLeft,
)
from onyxia_hub.files.copying import PART, Stored, copy, head_of
from onyxia_hub.files.deletion import delete_empty_folders, delete_keys
from onyxia_hub.files.place import short_name
from onyxia_hub.files.storage import Storage
from onyxia_hub.files.walking import AT_ONCE, pages
from onyxia_hub.language import Said

__all__ = ["Move", "Progress"]

#: Most files of one move: what is known of each is in the hub's memory.
_MOST = 100_000
_AT_A_TIME = 4


@dataclass(slots=True)
class Progress:
    """How far a move is.

    Parameters
    ----------
    files, size
        How many files and bytes there are in all.
    copied_files, copied_size
        How many of them are in the new place.
    """

    files: int = 0
    size: int = 0
    copied_files: int = 0
    copied_size: int = 0

    def as_json(self) -> dict[str, int]:
        """Return it for an answer."""
        return asdict(self)


class _GivenUp(Exception):
    """Somebody said that it is to end."""


class Move:
    """One file, or one folder with all that is in it: first everything is copied, then deleted.

    Until the last file is copied, the old place is as it was. A file that was changed or made in
    the old place meanwhile stays there.

    Parameters
    ----------
    storage
        Gives the user's, with keys that still live.
    source, target
        Names below the user's place, of files, or of folders: these end in a slash.
    replace
        Whether a file that is there already is replaced; a folder never is.
    part
        Above how many bytes a file is copied in parts of that size.
    """

    def __init__(
        self,
        storage: Callable[[], Awaitable[Storage]],
        source: str,
        target: str,
        *,
        replace: bool = False,
        part: int = PART,
    ) -> None:
        self.progress = Progress()
        self._storage = storage
        self._source = source
        self._target = target
        self._replace = replace
        self._part = part
        self._given_up = False
        self._made: list[str] = []

    def give_up(self) -> None:
        """End it at the next file or part, if not everything is copied by then."""
        self._given_up = True

    async def run(self) -> int:
        """Move, and return how many files were moved.

        Raises
        ------
        onyxia_hub.errors.FileNameInvalid
            For a name that can't be one.
        onyxia_hub.errors.MoveRefused
            For a place to which it can't be moved.
        onyxia_hub.errors.FileGone
            If there is nothing of that name.
        onyxia_hub.errors.FileThere, onyxia_hub.errors.FolderThere
            If there is something in the new place.
        onyxia_hub.errors.MoveBrokenOff
            If not everything could be copied; the old place is as it was.
        onyxia_hub.errors.OldPlaceLeft
            If everything is copied, and the old place could not be emptied.
        onyxia_hub.errors.LaunchError
            If the store does not answer when it is asked what there is.
        """
        storage = await self._storage()
        source, target = self._keys(storage)
        is_folder = self._source.endswith("/")
        found = await (self._folder if is_folder else self._file)(storage, source, target)
        self.progress.files = sum(not each.key.endswith("/") for each in found)
        self.progress.size = sum(each.size for each in found)
        pairs = [(each, target + each.key.removeprefix(source)) for each in found]
        cause: str = ""
        try:
            await self._copy(pairs)
        except _GivenUp:
            cause = Said("It was given up.")
        except LaunchError as failure:
            cause = failure.message
        # Out of the except blocks, as in `Storage`.
        if cause:
            left = await self._take_back()
            raise MoveBrokenOff(name=short_name(self._source), cause=Said.joined("", [cause, left]))
        try:
            return await self._empty(source, found)
        except LaunchError as failure:
            cause = failure.message
        raise OldPlaceLeft(name=short_name(self._source), cause=cause)

    def _keys(self, storage: Storage) -> tuple[str, str]:
        is_folder = self._source.endswith("/")
        keys = [storage.place.key_of(name) for name in (self._source, self._target)]
        problem: str = ""
        if self._target == self._source:
            problem = Said("that is where it is")
        elif self._target.endswith("/") != is_folder:
            problem = Said("one of them is a folder, and the other a file")
        elif is_folder and self._target.startswith(self._source):
            problem = Said("that is inside itself")
        if problem:
            raise self._refused(problem)
        return keys[0], keys[1]

    def _refused(self, problem: str) -> MoveRefused:
        return MoveRefused(name=short_name(self._source), target=self._target, problem=problem)

    async def _file(self, storage: Storage, source: str, target: str) -> list[Stored]:
        found = await head_of(storage, source, name=self._source)
        if await self._holds(storage, f"{target}/"):
            raise FolderThere(name=self._target)
        if not self._replace:
            await self._check_no_file(storage, target)
        return [found]

    async def _folder(self, storage: Storage, source: str, target: str) -> list[Stored]:
        if await self._holds(storage, target):
            raise FolderThere(name=self._target)
        await self._check_no_file(storage, target.removesuffix("/"))
        found: list[Stored] = []
        async for page in pages(storage, name=self._source, Prefix=source):
            found += _stored(page)
            if len(found) > _MOST:
                raise self._refused(
                    Said(
                        "it holds more than {most} files; move its folders one by one, or use an "
                        "S3 program",
                        most=_MOST,
                    )
                )
        # A folder that a store keeps by itself, with nothing in it.
        return found or [await head_of(storage, source, name=self._source)]

    async def _holds(self, storage: Storage, prefix: str) -> bool:
        answer = await storage.call(
            "list_objects_v2", name=self._target, Prefix=prefix, Delimiter="/", MaxKeys=1
        )
        return bool(answer.get("Contents") or answer.get("CommonPrefixes"))

    async def _check_no_file(self, storage: Storage, key: str) -> None:
        with contextlib.suppress(FileGone):
            await head_of(storage, key, name=self._target)
            raise FileThere(name=self._target.removesuffix("/"))

    async def _copy(self, pairs: Sequence[tuple[Stored, str]]) -> None:
        waiting = iter(pairs)

        async def work() -> None:
            for stored, target in waiting:
                self._went_on(0)
                await self._copy_one(stored, target)

        workers = [asyncio.create_task(work()) for _ in range(_AT_A_TIME)]
        try:
            await asyncio.gather(*workers)
        finally:
            # A copy that is on its way would land after what was copied is taken back.
            self._given_up = True
            await asyncio.gather(*workers, return_exceptions=True)

    async def _copy_one(self, stored: Stored, target: str) -> None:
        # Before: a copy whose answer is lost may be there.
        self._made.append(target)
        if stored.key.endswith("/") and not stored.size:
            storage = await self._storage()
            await storage.call("put_object", name=self._source, Key=target, Body=b"")
            return
        try:
            await copy(
                self._storage,
                stored,
                target,
                name=short_name(stored.key),
                replace=self._replace,
                part=self._part,
                copied=self._went_on,
            )
        except FileChanged:
            # It may be somebody else's that is there.
            self._made.remove(target)
            raise
        self.progress.copied_files += 1

    def _went_on(self, size: int) -> None:
        self.progress.copied_size += size
        if self._given_up:
            raise _GivenUp

    async def _take_back(self) -> str:
        """Delete the copies; returns what to say if that fails."""
        # With `replace`, what is there may be what was there before.
        made = [] if self._replace else self._made
        try:
            storage = await self._storage()
            for start in range(0, len(made), AT_ONCE):
                await delete_keys(storage, made[start : start + AT_ONCE], name=self._target)
            if self._target.endswith("/"):
                key = storage.place.key_of(self._target, folder=True)
                await delete_empty_folders(storage, key, name=self._target)
        except LaunchError:
            return Said(" Copies of some files may be left in the new place.")
        return ""

    async def _empty(self, source: str, found: Sequence[Stored]) -> int:
        """Delete what was copied from the old place; returns how many files that were."""
        if source.endswith("/"):
            return await self._empty_folder(source, {each.key: each.etag for each in found})
        storage = await self._storage()
        with contextlib.suppress(FileGone):
            if (await head_of(storage, source, name=self._source)).etag != found[0].etag:
                return 0
        await delete_keys(storage, [source], name=self._source)
        return 1

    async def _empty_folder(self, source: str, copied: Mapping[str, str]) -> int:
        moved = others = 0
        async for page in pages(await self._storage(), name=self._source, Prefix=source):
            there = _stored(page)
            same = [each.key for each in there if copied.get(each.key) == each.etag]
            await delete_keys(await self._storage(), same, name=self._source)
            moved += sum(not key.endswith("/") for key in same)
            others += len(there) - len(same)
        if not others:
            await delete_empty_folders(await self._storage(), source, name=self._source)
        return moved


def _stored(page: Mapping[str, Any]) -> list[Stored]:
    return [Stored(each["Key"], each["Size"], each["ETag"]) for each in page.get("Contents", ())]
