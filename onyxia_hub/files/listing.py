"""One page of a folder, as S3 lists it. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from onyxia_hub.files.place import Place

__all__ = ["File", "Listing", "listing_of"]


@dataclass(frozen=True, slots=True)
class File:
    """A file.

    Parameters
    ----------
    name
        Below the user's place.
    size
        In bytes.
    changed_at
        When it was written (aware, UTC).
    """

    name: str
    size: int
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Listing:
    """One page.

    Parameters
    ----------
    folders
        Names below the user's place, each ending in a slash.
    files
        Those directly in the folder.
    after
        What to ask the next page with; ``None`` at the end.
    """

    folders: tuple[str, ...]
    files: tuple[File, ...]
    after: str | None


def listing_of(answer: Mapping[str, Any], place: Place, *, folder: str) -> Listing:
    """Return what ``ListObjectsV2`` answered.

    Parameters
    ----------
    answer
        With ``/`` as the delimiter.
    place
        The user's own.
    folder
        The folder that was listed.
    """
    own = place.prefix + folder
    return Listing(
        folders=tuple(place.name_of(each["Prefix"]) for each in answer.get("CommonPrefixes", ())),
        files=tuple(
            File(place.name_of(each["Key"]), each["Size"], each["LastModified"].astimezone(UTC))
            for each in answer.get("Contents", ())
            # The empty object that makes the folder itself.
            if each["Key"] != own
        ),
        after=answer.get("NextContinuationToken"),
    )
