"""Writing a file that arrives piece by piece, in bounded memory (S3 multipart upload)."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
from typing import Any

from onyxia_hub.errors import FileTooLarge, LaunchError
from onyxia_hub.files.storage import Storage

__all__ = ["Upload", "size_in_words"]

_MIB = 1024**2
# Amazon S3 User Guide, "Multipart upload limits".
_LEAST_PART = 5 * _MIB
_MOST_PARTS = 10_000
_SECONDS = 60.0


def size_in_words(size: int) -> str:
    """Return a number of bytes as people say it."""
    number = float(size)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if number < 1024 or unit == "GiB":
            break
        number /= 1024
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


class Upload:
    """One file: at most two parts of it are in memory, one that arrives and one on its way.

    Parameters
    ----------
    storage
        The user's.
    name
        The file's name.
    limit
        Most bytes.

    Raises
    ------
    onyxia_hub.errors.FileNameInvalid
        If it can't be a file's name.
    """

    def __init__(self, storage: Storage, name: str, *, limit: int) -> None:
        #: Whose keys are used from now on.
        self.storage = storage
        self._name = name
        self._limit = limit
        self._part_size = max(_LEAST_PART, -(-limit // _MOST_PARTS))
        kind, coding = mimetypes.guess_type(name)
        self._about: dict[str, Any] = {
            "Key": storage.place.key_of(name),
            "ContentType": (kind if coding is None else None) or "application/octet-stream",
        }
        self._arriving = bytearray()
        self._id: str | None = None
        self._sending: asyncio.Task[dict[str, Any]] | None = None
        self._sent: list[dict[str, Any]] = []
        #: Bytes so far.
        self.received = 0

    async def write(self, data: bytes) -> None:
        """Take the next bytes; returns when there is room for more.

        Raises
        ------
        onyxia_hub.errors.FileTooLarge
            Above the limit.
        onyxia_hub.errors.LaunchError
            If the store fails or refuses.
        """
        self.received += len(data)
        if self.received > self._limit:
            raise FileTooLarge(limit=size_in_words(self._limit))
        self._arriving += data
        if len(self._arriving) >= self._part_size:
            await self._send()

    async def finish(self) -> None:
        """Send the rest and make it a file.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the store fails or refuses.
        """
        if self._id is None:
            await self._call("put_object", Body=bytes(self._arriving), **self._about)
            return
        if self._arriving:
            await self._send()
        await self._sent_last()
        await self._call(
            "complete_multipart_upload",
            Key=self._about["Key"],
            UploadId=self._id,
            MultipartUpload={"Parts": self._sent},
        )
        self._id = None

    async def abort(self) -> None:
        """Leave nothing behind; a store that can't be asked drops what is left by its own rules."""
        self._arriving = bytearray()
        if self._sending is not None:
            # A part that arrives after the end of its upload would stay.
            await asyncio.wait([self._sending])
            self._sending.exception()
            self._sending = None
        if self._id is not None:
            with contextlib.suppress(LaunchError):
                await self._call(
                    "abort_multipart_upload", Key=self._about["Key"], UploadId=self._id
                )
            self._id = None

    async def _send(self) -> None:
        if self._id is None:
            self._id = (await self._call("create_multipart_upload", **self._about))["UploadId"]
        await self._sent_last()
        part, self._arriving = bytes(self._arriving), bytearray()
        self._sending = asyncio.create_task(self._send_part(len(self._sent) + 1, part))

    async def _sent_last(self) -> None:
        if self._sending is not None:
            task, self._sending = self._sending, None
            self._sent.append(await task)

    async def _send_part(self, number: int, part: bytes) -> dict[str, Any]:
        answer = await self._call(
            "upload_part", Key=self._about["Key"], UploadId=self._id, PartNumber=number, Body=part
        )
        return {"ETag": answer["ETag"], "PartNumber": number}

    async def _call(self, what: str, **said: Any) -> Any:
        return await self.storage.call(what, name=self._name, seconds=_SECONDS, **said)
