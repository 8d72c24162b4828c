"""Pieces of sentences about what somebody typed, safe to show and to log."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from onyxia_hub.language import Said

__all__ = ["kind", "listed", "nearest", "shown"]

_LONGEST = 60


def shown(text: str) -> str:
    """Return a text shortened and without characters that would break a line or a log."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return "".join(character if character.isprintable() else "�" for character in cut)


def kind(value: object) -> str:
    """Return what a JSON value is, in words."""
    if value is None:
        return "null"
    words = {
        bool: Said("true or false"),
        int: Said("a number"),
        float: Said("a number"),
        str: Said("a text"),
        list: Said("a list"),
        dict: Said("a mapping"),
    }
    return words.get(type(value), Said("something else"))


def listed(words: Iterable[str]) -> str:
    """Return words separated by commas, or ``(none)``."""
    return ", ".join(words) or Said("(none)")


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that ``word`` is most likely a misspelling of."""
    close = get_close_matches(word[:_LONGEST].lower(), list(known), n=1, cutoff=0.6)
    return close[0] if close else None
