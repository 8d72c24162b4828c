"""What can be shown of a file: the first rows of a table, the beginning of a text, an image."""

from __future__ import annotations

from typing import Any

from onyxia_hub.errors import NoPreview, PreviewNotInstalled
from onyxia_hub.files.place import short_name
from onyxia_hub.files.storage import Storage
from onyxia_hub.files.table import csv_table, parquet_table
from onyxia_hub.language import Said

__all__ = ["IMAGES", "image_type", "preview_of"]

#: Content types by ending of what browsers draw and never run; a drawing in SVG may hold scripts.
IMAGES = {
    ".avif": "image/avif",
    ".bmp": "image/bmp",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
_PACKED = ".gz"
_TEXT_START = 64 * 1024


def image_type(name: str) -> str | None:
    """Return the content type of an image that may be shown in a page, by its name."""
    stem, dot, ending = short_name(name).lower().rpartition(".")
    return IMAGES.get(f"{dot}{ending}") if stem else None


async def preview_of(storage: Storage, name: str) -> dict[str, Any]:
    """Return what the page shows of a file.

    Parameters
    ----------
    storage
        The user's.
    name
        The file's name, whose ending tells its kind.

    Returns
    -------
    dict
        ``kind``: ``table`` with what `csv_table` returns; ``text`` with ``text``, ``complete`` and
        ``note`` (why a table is shown as text); ``image``.

    Raises
    ------
    onyxia_hub.errors.NoPreview
        If nothing of it can be shown.
    onyxia_hub.errors.PreviewNotInstalled
        For Parquet and packed CSV on a hub without the optional package.
    """
    ending = short_name(name).lower()
    if image_type(name):
        return {"kind": "image"}
    if ending.endswith((".parquet", ".pq")):
        return {"kind": "table", **await parquet_table(storage, name)}
    packed = ending.endswith(_PACKED)
    if ending.removesuffix(_PACKED).endswith((".csv", ".tsv")):
        try:
            return {"kind": "table", **await csv_table(storage, name, packed=packed)}
        except (NoPreview, PreviewNotInstalled) as problem:
            if packed:
                raise
            return await _text(storage, name) | {"note": problem.jupyterhub_message}
    return await _text(storage, name)


async def _text(storage: Storage, name: str) -> dict[str, Any]:
    start = await storage.read(name, start=0, length=_TEXT_START + 1)
    complete = len(start) <= _TEXT_START
    data = start[:_TEXT_START]
    if b"\0" in data:
        raise NoPreview(name=short_name(name), problem=Said("it is no text"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        # A character that the end has cut is no reason to read it otherwise.
        cut = not complete and cause.start > len(data) - 4
        text = data.decode("utf-8-sig", "ignore") if cut else data.decode("cp1252", "replace")
    return {"kind": "text", "text": text, "complete": complete, "note": None}
