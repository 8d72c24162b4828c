"""All that is in a folder, page by page: S3 has no folders, only names that begin alike."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from onyxia_hub.files.storage import Storage

__all__ = ["AT_ONCE", "folders_below", "pages"]

#: Most names in a page, and in one deletion (Amazon S3 API, ListObjectsV2 and DeleteObjects).
AT_ONCE = 1000


async def pages(storage: Storage, *, name: str, **said: Any) -> AsyncIterator[Mapping[str, Any]]:
    """Yield the answers of ``ListObjectsV2``, up to a thousand names each.

    Parameters
    ----------
    storage
        The user's.
    name
        What it is about, for sentences.
    **said
        Parameters of the call.

    Raises
    ------
    onyxia_hub.errors.LaunchError
        If the store fails or refuses.
    """
    after: dict[str, Any] = {}
    while True:
        page = await storage.call("list_objects_v2", name=name, MaxKeys=AT_ONCE, **said, **after)
        yield page
        if not page.get("NextContinuationToken"):
            return
        after = {"ContinuationToken": page["NextContinuationToken"]}


async def folders_below(storage: Storage, prefix: str, *, name: str) -> list[str]:
    """Return the keys of a folder and of those in it, the outer ones first.

    Some stores (SeaweedFS) keep folders of their own, empty ones too.

    Parameters
    ----------
    storage
        The user's.
    prefix
        The folder's key.
    name
        Its name, for sentences.

    Raises
    ------
    onyxia_hub.errors.LaunchError
        If the store fails or refuses.
    """
    found, queue = [prefix], [prefix]
    while queue:
        async for page in pages(storage, name=name, Prefix=queue.pop(), Delimiter="/"):
            inner = [each["Prefix"] for each in page.get("CommonPrefixes", ())]
            found += inner
            queue += inner
    return found
