"""Copying one file within a user's bucket: in one call, or in parts where it is large."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from onyxia_hub.errors import FileChanged, LaunchError
from onyxia_hub.files.storage import Storage

__all__ = ["PART", "Stored", "copy", "head_of"]

#: From how many bytes on a file is copied in parts, and the size of one. Amazon's limit for one
#: call is 5 GiB; a part of this size is copied well before the call's time is over.
PART = 256 * 1024**2
# Amazon S3 User Guide, "Multipart upload limits".
_MOST_PARTS = 10_000
_SECONDS = 60.0
# What HeadObject tells of a file that a copy in parts does not take along by itself.
_KEPT = (
    *("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage"),
    *("ContentType", "Metadata"),
)


@dataclass(frozen=True, slots=True)
class Stored:
    """An object.

    Parameters
    ----------
    key
        In the bucket.
    size
        In bytes.
    etag
        Changes with its content.
    """

    key: str
    size: int
    etag: str


async def head_of(storage: Storage, key: str, *, name: str) -> Stored:
    """Return what is at a key.

    Parameters
    ----------
    storage
        The user's.
    key
        In the bucket.
    name
        For sentences.

    Raises
    ------
    onyxia_hub.errors.FileGone
        If there is nothing.
    """
    answer = await storage.call("head_object", name=name, Key=key)
    return Stored(key, int(answer["ContentLength"]), answer["ETag"])


async def copy(
    storage: Callable[[], Awaitable[Storage]],
    source: Stored,
    target: str,
    *,
    name: str,
    replace: bool = False,
    part: int = PART,
    copied: Callable[[int], None] = lambda _: None,
) -> None:
    """Copy a file, whole or not at all.

    Parameters
    ----------
    storage
        Gives the user's, with keys that still live.
    source
        As it was when it was looked at.
    target
        The other key.
    name
        For sentences.
    replace
        Whether a file that is there is replaced.
    part
        Above how many bytes it is copied in parts of that size.
    copied
        Is called with each number of bytes that was copied; raises to end the copy.

    Raises
    ------
    onyxia_hub.errors.FileChanged
        If the source is another by now, or there is a target and ``replace`` is not said.
    onyxia_hub.errors.LaunchError
        If the store fails or refuses.
    """
    start = await storage()
    origin = {"Bucket": start.place.bucket, "Key": source.key}
    same: dict[str, Any] = {"CopySource": origin, "CopySourceIfMatch": source.etag}
    new: dict[str, Any] = {} if replace else {"IfNoneMatch": "*"}
    if source.size <= part:
        await start.call("copy_object", name=name, seconds=_SECONDS, Key=target, **same, **new)
        copied(source.size)
    else:
        await _in_parts(
            storage, source, target, name=name, same=same, new=new, part=part, copied=copied
        )
    # Before anybody deletes the source by it.
    if (await head_of(await storage(), target, name=name)).size != source.size:
        raise FileChanged(name=name)


async def _in_parts(
    storage: Callable[[], Awaitable[Storage]],
    source: Stored,
    target: str,
    *,
    name: str,
    same: dict[str, Any],
    new: dict[str, Any],
    part: int,
    copied: Callable[[int], None],
) -> None:
    length = max(part, -(-source.size // _MOST_PARTS))
    about = await (await storage()).call("head_object", name=name, Key=source.key)
    kept = {field: about[field] for field in _KEPT if about.get(field)}
    made = await (await storage()).call("create_multipart_upload", name=name, Key=target, **kept)
    upload = {"Key": target, "UploadId": made["UploadId"]}
    parts: list[dict[str, Any]] = []
    try:
        for start in range(0, source.size, length):
            end = min(start + length, source.size)
            answer = await (await storage()).call(
                "upload_part_copy",
                name=name,
                seconds=_SECONDS,
                PartNumber=len(parts) + 1,
                CopySourceRange=f"bytes={start}-{end - 1}",
                **same,
                **upload,
            )
            parts.append({"ETag": answer["CopyPartResult"]["ETag"], "PartNumber": len(parts) + 1})
            copied(end - start)
        await (await storage()).call(
            "complete_multipart_upload",
            name=name,
            seconds=_SECONDS,
            MultipartUpload={"Parts": parts},
            **upload,
            **new,
        )
    except BaseException:
        with contextlib.suppress(LaunchError):
            await (await storage()).call("abort_multipart_upload", name=name, **upload)
        raise
