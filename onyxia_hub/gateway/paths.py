"""Which paths belong to the service, and which only look as if they did.

A program decodes what the gateway passes on, perhaps twice and perhaps with backslashes for
slashes, and a proxy before the gateway may have matched another form than it sent. So a path that
could leave the service's own in any of these readings goes nowhere.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from onyxia_hub.gateway.refusal import Refused

__all__ = ["below_prefix", "split_target"]

_DECODINGS = 5  # no program decodes more often; what still changes after that is refused

_CLIMBS = "The address climbs out of a folder by “..”, which is not passed on."
_FORM = "The address has a form that is not passed on."


def split_target(target: str) -> tuple[str, str]:
    """Return the path and the query, with its question mark, of a request's target.

    Parameters
    ----------
    target
        As it came, one character per byte.

    Raises
    ------
    Refused
        If it is no path at all, or holds what no client sends by accident.
    """
    path, mark, query = target.partition("?")
    if not path.startswith("/") or "#" in target or "\\" in path:
        raise Refused(400, _FORM)
    if any(character <= " " or character == "\x7f" for character in target):
        raise Refused(400, _FORM)
    _refuse_climbing(path)
    return _ascii(path), _ascii(mark + query)


def _refuse_climbing(path: str) -> None:
    for _ in range(_DECODINGS):
        if any(character < " " or character == "\x7f" for character in path):
            raise Refused(400, _FORM)
        for segment in path.replace("\\", "/").split("/"):
            # Java servers cut what follows a semicolon before they look at the dots.
            if segment.partition(";")[0] == "..":
                raise Refused(400, _CLIMBS)
        decoded = unquote(path, encoding="latin-1")
        if decoded == path:
            return
        path = decoded
    raise Refused(400, _FORM)


def _ascii(text: str) -> str:
    """Encode bytes that a client should have encoded."""
    return text if text.isascii() else quote(text, safe="!#$%&'()*+,/:;=?@[]~", encoding="latin-1")


def below_prefix(path: str, prefix: str) -> str | None:
    """Return what follows the prefix, as it came and with its slash; None for other paths.

    Parameters
    ----------
    path
        Path of a request.
    prefix
        The service's path, with a slash at both ends. A user's name may be encoded in another way
        than the hub does it, so segments count as equal when they are decoded.
    """
    if path.startswith(prefix):
        return path[len(prefix) - 1 :]
    wanted = prefix.rstrip("/").split("/")
    parts = path.split("/", len(wanted))
    if len(parts) <= len(wanted):
        return None
    if [unquote(part) for part in parts[:-1]] != [unquote(part) for part in wanted]:
        return None
    return f"/{parts[-1]}"
