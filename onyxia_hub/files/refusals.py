"""From what an S3 store answers on a file to the error with the right sentence."""

from __future__ import annotations

from botocore.exceptions import ClientError

from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.offload import Transient
from onyxia_hub.credentials.s3_client import ForeignAnswer
from onyxia_hub.credentials.s3_refusals import Refusals
from onyxia_hub.errors import FileChanged, FileGone, LaunchError, StorageRefused
from onyxia_hub.language import Said

__all__ = ["refusal_of"]

# Amazon S3 API, "Error responses". A HEAD has no words, only the status.
_GONE = frozenset({"NoSuchKey", "404", "NotFound"})

# Conditions are only set where something is moved.
_OTHER = frozenset({"PreconditionFailed", "412"})


def refusal_of(
    cause: ClientError | ForeignAnswer, *, name: str, refusals: Refusals
) -> LaunchError | Transient:
    """Return the error for an answer that was no success.

    Parameters
    ----------
    cause
        The answer.
    name
        The file or folder that it is about.
    refusals
        Those of the site's S3.
    """
    store = refusals.store_address
    if isinstance(cause, ForeignAnswer):
        return StorageRefused(
            endpoint=store,
            detail=Said("it redirects elsewhere, HTTP {status}", status=cause.status),
        )
    error = cause.response.get("Error", {})
    code, status = str(error.get("Code", "")), _status_of(cause)
    if code in _GONE:
        return FileGone(name=name)
    if code in _OTHER:
        return FileChanged(name=name)
    if status >= 500 or status == 429:
        return Transient.server_error(refusals.unreachable(f"HTTP {status}", endpoint=store))
    return StorageRefused(
        endpoint=store,
        detail=clean(str(error.get("Message", ""))) or code or f"HTTP {status}",
    )


def _status_of(cause: ClientError) -> int:
    return int(cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
