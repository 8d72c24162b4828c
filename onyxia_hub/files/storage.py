"""Calls to S3 with a user's own keys: in threads, with deadlines, translated for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Self, TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from onyxia_hub.credentials.offload import Deadline, Transient, WorkerPool, retrying
from onyxia_hub.credentials.s3_client import Clients, ForeignAnswer
from onyxia_hub.credentials.s3_environment import Keys
from onyxia_hub.credentials.s3_refusals import Refusals
from onyxia_hub.errors import LaunchError
from onyxia_hub.files.listing import Listing, listing_of
from onyxia_hub.files.place import Place
from onyxia_hub.files.refusals import refusal_of
from onyxia_hub.settings import S3Settings

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3 import S3Client

__all__ = ["Storage", "StorageSite", "Stream"]

T = TypeVar("T")

#: Longest wait, in seconds, for one piece of a file.
_TRANSFER = 60.0
_THREADS = 32


class StorageSite:
    """What all users' calls share.

    Parameters
    ----------
    settings
        The site's S3.
    """

    def __init__(self, settings: S3Settings) -> None:
        self.settings = settings
        self.refusals = Refusals(settings)
        # Its own pool: large files must not keep launches waiting for their keys.
        self.pool = WorkerPool(name="onyxia-files", threads=_THREADS)
        self._clients = Clients(settings, connections=1)

    def opened(self, env: Mapping[str, str], *, expires_at: datetime, life: timedelta) -> Storage:
        """Return one user's storage, for a ``with`` statement.

        Parameters
        ----------
        env
            What the S3 provider minted: keys and the user's own place.
        expires_at
            End of the keys (aware, UTC).
        life
            How long they live in all.
        """
        keys = Keys(
            access_key=env["AWS_ACCESS_KEY_ID"],
            secret_key=env["AWS_SECRET_ACCESS_KEY"],
            session_token=env["AWS_SESSION_TOKEN"],
            expires_at=expires_at,
        )
        return Storage(
            self,
            self._clients.s3(keys, seconds=_TRANSFER),
            place=Place.of(env["AWS_WORKING_DIRECTORY_PATH"]),
            expires_at=expires_at,
            life=life,
        )


class Storage(AbstractContextManager["Storage"]):
    """One user's own files. Names are those below the user's place.

    Every method raises `onyxia_hub.errors.FileNameInvalid` for a name that leads elsewhere,
    `FileGone`, `StorageRefused`, or `ProviderUnreachable`.

    Parameters
    ----------
    site
        What is shared.
    client
        With the user's keys; closed at the end.
    place
        The user's own.
    expires_at
        End of the keys (aware, UTC).
    life
        How long they live in all.
    """

    def __init__(
        self,
        site: StorageSite,
        client: S3Client,
        *,
        place: Place,
        expires_at: datetime,
        life: timedelta,
    ) -> None:
        self.place = place
        self.life = life
        self._site = site
        self._client = client
        self._expires_at = expires_at

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End its connections."""
        self._client.close()

    @property
    def endpoint(self) -> str:
        """Address of the store."""
        return self._site.refusals.store_address

    @property
    def seconds_left(self) -> int:
        """How long the keys still live."""
        return max(int((self._expires_at - datetime.now(UTC)).total_seconds()), 0)

    @property
    def is_old(self) -> bool:
        """Whether half of the keys' life is over."""
        return self.seconds_left < self.life.total_seconds() / 2

    async def call(self, what: str, *, name: str, seconds: float | None = None, **said: Any) -> Any:
        """Make one call of S3 in the user's bucket.

        Parameters
        ----------
        what
            The client's method.
        name
            What it is about, for sentences.
        seconds
            Longest wait; the settings' if left out.
        **said
            Its parameters but for ``Bucket``.
        """
        method = getattr(self._client, what)
        return await self._run(
            partial(method, Bucket=self.place.bucket, **said), name=name, seconds=seconds
        )

    async def list(self, folder: str, *, after: str | None) -> Listing:
        """Return one page of a folder.

        Parameters
        ----------
        folder
            Its name, ending in a slash; empty for the whole place.
        after
            `Listing.after` of the page before.
        """
        more: dict[str, Any] = {"ContinuationToken": after} if after else {}
        prefix = self.place.key_of(folder, folder=True)
        answer = await self.call(
            "list_objects_v2", name=folder, Prefix=prefix, Delimiter="/", MaxKeys=200, **more
        )
        return listing_of(answer, self.place, folder=folder)

    async def size_of(self, name: str) -> int:
        """Return the number of bytes of a file."""
        key = self.place.key_of(name)
        answer = await self.call("head_object", name=name, Key=key)
        return int(answer["ContentLength"])

    async def delete(self, name: str) -> None:
        """Delete a file; one that is not there is deleted."""
        await self.call("delete_object", name=name, Key=self.place.key_of(name))

    async def make_folder(self, name: str) -> None:
        """Make an empty folder, as S3 programs do: an empty object whose key ends in a slash."""
        key = self.place.key_of(name, folder=True)
        await self.call("put_object", name=name, Key=key, Body=b"")

    async def open(self, name: str, *, range_header: str | None = None) -> Stream:
        """Return a file to read piece by piece.

        Parameters
        ----------
        name
            Its name.
        range_header
            An HTTP ``Range``, passed on.
        """
        more: dict[str, Any] = {"Range": range_header} if range_header else {}
        key = self.place.key_of(name)
        answer = await self.call("get_object", name=name, Key=key, **more)
        return Stream(self, name, answer)

    async def read(self, name: str, *, start: int, length: int) -> bytes:
        """Return a part of a file, shorter at its end."""
        if length <= 0:
            return b""
        key, span = self.place.key_of(name), f"bytes={start}-{start + length - 1}"

        def read() -> bytes:
            try:
                got = self._client.get_object(Bucket=self.place.bucket, Key=key, Range=span)
            except ClientError as cause:
                # An empty file has no first byte.
                if cause.response.get("Error", {}).get("Code") == "InvalidRange":
                    return b""
                raise
            with got["Body"] as body:
                # A store may answer with the whole file.
                return body.read(length)

        return await self._run(read, name=name, seconds=_TRANSFER)

    def link(self, name: str, *, seconds: int, disposition: str) -> str:
        """Return a web address that opens a file without a login.

        Parameters
        ----------
        name
            Its name.
        seconds
            How long it works; not longer than the keys.
        disposition
            ``Content-Disposition`` of what it answers.
        """
        return str(
            self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.place.bucket,
                    "Key": self.place.key_of(name),
                    "ResponseContentDisposition": disposition,
                },
                ExpiresIn=seconds,
            )
        )

    async def read_from(self, body: StreamingBody, *, name: str, most: int) -> bytes:
        """Return the next piece of an answer's body."""
        # A second attempt would go on behind the piece that was lost.
        return await self._run(lambda: body.read(most), name=name, seconds=_TRANSFER, once=True)

    async def _run(
        self,
        call: Callable[[], T],
        *,
        name: str,
        seconds: float | None = None,
        once: bool = False,
    ) -> T:
        refusals = self._site.refusals
        store = refusals.store_address

        def attempt() -> T:
            failure: LaunchError | Transient
            try:
                return call()
            except (ClientError, ForeignAnswer) as cause:
                failure = refusal_of(cause, name=name, refusals=refusals)
            except ResponseParserError:
                failure = Transient.server_error(
                    refusals.unreachable("its answer is incomplete", endpoint=store)
                )
            except BotoCoreError as cause:
                failure = refusals.transport(cause, endpoint=store)
            if isinstance(failure, Transient) and once:
                failure = failure.error
            # Outside the except block: botocore's exceptions may quote what was sent.
            raise failure

        def work(deadline: Deadline) -> T:
            return retrying(attempt, deadline=deadline)

        return await self._site.pool.ask(
            work,
            timeout=seconds or self._site.settings.timeout,
            unanswered=partial(refusals.unreachable, endpoint=store),
        )


class Stream:
    """A file that is being read.

    Parameters
    ----------
    storage
        Whose.
    name
        The file's name.
    answer
        Of ``get_object``.
    """

    def __init__(self, storage: Storage, name: str, answer: Mapping[str, Any]) -> None:
        self.length = int(answer["ContentLength"])
        self.range: str | None = answer.get("ContentRange")
        self.etag: str = answer.get("ETag", "")
        self._storage = storage
        self._name = name
        self._body: StreamingBody = answer["Body"]

    async def piece(self, most: int) -> bytes:
        """Return the next bytes; none at the end."""
        return await self._storage.read_from(self._body, name=self._name, most=most)

    def close(self) -> None:
        """End it, wherever it is."""
        self._body.close()
