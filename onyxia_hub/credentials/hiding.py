"""Taking secrets out of what others wrote: an API server's answer, a program's last lines."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

__all__ = ["hide"]

# Shorter values are words such as `1` and `on`, and blotting those out tells more than it hides.
_SHORTEST_HIDDEN = 4
# User name and password of a web address: git and pip repeat the address that they were given.
_USER_INFO = re.compile(r"(?<=://)[^/\s\"'<>]+@")
_MARK = "…"


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, and without the passwords of the addresses in it.

    Parameters
    ----------
    text
        What somebody else wrote, in full: a secret that was cut into is not recognized.
    secrets
        What must not come back, in any of the forms in which it may stand in a text: as it is, line
        by line, in JSON, in base64, in a web address. Values of fewer than four characters stay.
    """
    hidden = {form for secret in secrets for form in _forms(secret)}
    # Longest first: a secret that holds another one must go as a whole.
    for form in sorted(hidden, key=len, reverse=True):
        text = text.replace(form, _MARK)
    return _USER_INFO.sub(f"{_MARK}@", text)


def _forms(secret: str) -> Iterator[str]:
    """Yield how a secret may stand in a text."""
    for text in {secret, *map(str.strip, secret.splitlines())}:
        if len(text) >= _SHORTEST_HIDDEN:
            yield text
            yield json.dumps(text)[1:-1]
            yield base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
            yield quote(text, safe="", errors="replace")
