"""Deleting a folder: S3 has none, so all that begins with its name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from onyxia_hub.errors import StorageRefused
from onyxia_hub.files.storage import Storage
from onyxia_hub.files.walking import folders_below, pages
from onyxia_hub.language import Said

__all__ = ["delete_empty_folders", "delete_folder", "delete_keys"]

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
    async for page in pages(storage, name=folder, Prefix=prefix):
        keys = [each["Key"] for each in page.get("Contents", ())]
        await delete_keys(storage, keys, name=folder)
        deleted += sum(not key.endswith("/") for key in keys)
    await delete_empty_folders(storage, prefix, name=folder)
    return deleted


async def delete_keys(storage: Storage, keys: Sequence[str], *, name: str) -> None:
    """Delete up to a thousand keys.

    Parameters
    ----------
    storage
        The user's.
    keys
        In the bucket.
    name
        What they are about, for sentences.

    Raises
    ------
    onyxia_hub.errors.StorageRefused
        If one is left.
    """
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
            endpoint=storage.endpoint,
            detail=Said(
                "{count} files are left: {first}", count=len(answer["Errors"]), first=first
            ),
        )


async def delete_empty_folders(storage: Storage, prefix: str, *, name: str) -> None:
    """Delete what a store keeps of a folder after its files (SeaweedFS), the innermost first.

    Parameters
    ----------
    storage
        The user's.
    prefix
        The folder's key. With a file in it, it stays where the store has folders.
    name
        Its name, for sentences.
    """
    for folder in reversed(await folders_below(storage, prefix, name=name)):
        await storage.call("delete_object", name=name, Key=folder)
