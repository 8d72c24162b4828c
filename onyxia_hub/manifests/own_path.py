"""A path that a user chooses, below their own folder in Vault or S3."""

from __future__ import annotations

import re

__all__ = ["OWN_PATH", "is_own_path"]

# Control characters; what ends a path in an address or escapes in it; quotes, ampersand, less than,
# greater than and braces, which have a meaning in HTML and in KubeSpawner's templates. As numbers,
# so that the pattern can stand in an HTML attribute.
_STEP = r"[^\x00-\x1f\x7f?#%\\\/\x22\x27\x26\x3c\x3e\{\}]+"

OWN_PATH = rf"^(?!\s)(?!(.*\/)?\.{{1,2}}(\/|$)){_STEP}(\/{_STEP})*$"
"""What the path must match as a whole, in the regular expressions of Python and of browsers."""


def is_own_path(path: str) -> bool:
    """Whether ``path`` names something below a folder and can't lead out of it.

    It is neither absolute nor has an empty or blank step, ``.`` or ``..``, and holds no character
    that is not printable, that browsers and servers read as an escape, or that is a mark of HTML.
    """
    return (
        path.isprintable()
        and path == path.strip()
        and all(map(str.strip, path.split("/")))
        and re.fullmatch(OWN_PATH, path) is not None
    )
