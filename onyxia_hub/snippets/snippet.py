"""One snippet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

__all__ = ["Language", "Snippet"]

Language = Literal["python", "r", "shell", "sql", "yaml"]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to copy.

    Parameters
    ----------
    slug
        Name in addresses and in the REST answer.
    title
        What people call the tool.
    language
        Of the text.
    text
        The text; secret, for it holds credentials.
    """

    slug: str
    title: str
    language: Language
    text: str = field(repr=False)
