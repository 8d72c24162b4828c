"""The header that makes browsers save a file under its name (RFC 6266, RFC 8187)."""

from __future__ import annotations

import re
from urllib.parse import quote

from onyxia_hub.files.place import short_name

__all__ = ["attachment"]

_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def attachment(name: str) -> str:
    """Return the value of ``Content-Disposition``.

    Parameters
    ----------
    name
        The file's name; its last part is what browsers offer.
    """
    last = short_name(name)
    return f"attachment; filename=\"{_PLAIN.sub('_', last)}\"; filename*=UTF-8''{quote(last, '')}"
