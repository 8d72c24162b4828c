"""Deleting a folder: S3 has none, so all that begins with its name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from onyxia_hub.errors import StorageRefused
from onyxia_hub.files.storage import Storage

__all__ = ["delete_folder"]

# Amazon S3 API, DeleteObjects.
_AT_ONCE = 1000
_SECONDS = 60.0


async def delete_folder(storage: Storage, folder: str) -> int:
    """Delete a folder with everything in it, and return how many files that were.

    Parameters
    ----------
    storage
        The user's.
    folder
        Its name, ending in a slash; the whole place is refused.

    Raises
    ------
    onyxia_hub.errors.FileNameInvalid
        For a name that is no folder's.
    onyxia_hub.errors.StorageRefused
        If a file is left.
    """
    storage.place.key_of(folder)
    prefix = storage.place.key_of(folder, folder=True)
    deleted = 0
    async for page in _pages(storage, folder, Prefix=prefix):
        keys = [each["Key"] for each in page.get("Contents", ())]
        await _delete(storage, keys, name=folder)
        deleted += sum(not key.endswith("/") for key in keys)
    await _delete_left_folders(storage, prefix, name=folder)
    return deleted


async def _pages(storage: Storage, name: str, **said: Any) -> AsyncIterator[Mapping[str, Any]]:
    after: dict[str, Any] = {}
    while True:
        page = await storage.call("list_objects_v2", name=name, MaxKeys=_AT_ONCE, **said, **after)
        yield page
        if not page.get("NextContinuationToken"):
            return
        after = {"ContinuationToken": page["NextContinuationToken"]}


async def _delete(storage: Storage, keys: Sequence[str], *, name: str) -> None:
    # XML 1.0 has no characters for these: in a list they would be other names.
    odd = [key for key in keys if any(character < " " for character in key)]
    for key in odd:
        await storage.call("delete_object", name=name, Key=key)
    listed: list[dict[str, Any]] = [{"Key": key} for key in keys if key not in set(odd)]
    if not listed:
        return
    answer = await storage.call(
        "delete_objects", name=name, seconds=_SECONDS, Delete={"Objects": listed, "Quiet": True}
    )
    if answer.get("Errors"):
        first = answer["Errors"][0].get("Code", "no reason given")
        raise StorageRefused(
            endpoint=storage.endpoint, detail=f"{len(answer['Errors'])} files are left: {first}"
        )


async def _delete_left_folders(storage: Storage, prefix: str, *, name: str) -> None:
    """Delete the empty folders of a store that keeps them (SeaweedFS), the innermost first."""
    found, queue = [prefix], [prefix]
    while queue:
        async for page in _pages(storage, name, Prefix=queue.pop(), Delimiter="/"):
            inner = [each["Prefix"] for each in page.get("CommonPrefixes", ())]
            found += inner
            queue += inner
    for folder in reversed(found):
        await storage.call("delete_object", name=name, Key=folder)
