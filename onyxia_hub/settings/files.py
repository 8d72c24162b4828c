"""The page “My files”."""

from __future__ import annotations

from pydantic import Field

from onyxia_hub.settings.section import Section

__all__ = ["FilesSettings"]

_GIB = 1024**3


class FilesSettings(Section):
    """“My files”, through which users reach their own S3 storage."""

    upload_limit_gib: float = Field(
        default=5,
        gt=0,
        le=1024,
        description="Size in GiB of the largest file that can be uploaded through the hub. A proxy "
        "in front of the hub may have a smaller limit of its own.",
    )

    @property
    def upload_limit(self) -> int:
        """The largest upload in bytes."""
        return int(self.upload_limit_gib * _GIB)
