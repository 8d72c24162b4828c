"""Sentences of the hub's own that are put together in English and read in any language."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, Self, runtime_checkable

from onyxia_hub.language.request import current_language
from onyxia_hub.language.texts import text_in

__all__ = ["Said", "Sayable", "for_reader", "said_in"]


@runtime_checkable
class Sayable(Protocol):
    """What can be said in the languages of the pages."""

    def in_language(self, language: str) -> str:
        """Return it in ``language``, a key of `LANGUAGES`."""


class Said(str):
    """A text in English that remembers how it was put together, to be said in another language.

    Who launches a service and who reads, later, why it failed may want different languages, so a
    sentence is translated where it is read (`for_reader`). Everywhere else, in logs above all, it
    is the English text.

    Parameters
    ----------
    template
        The English sentence as a ``str.format`` template; the key in the catalogues.
    **facts
        The values of its places. One that is `Sayable` is said in the reader's language too.
    """

    __slots__ = ("_facts", "_template")

    _facts: dict[str, object]
    _template: str

    def __new__(cls, template: str, /, **facts: object) -> Self:
        """Put the sentence together in English."""
        said = super().__new__(cls, template.format(**_all_in("en", facts)))
        said._template, said._facts = template, facts
        return said

    def in_language(self, language: str) -> str:
        """Return the text in ``language``, with its facts in it where they have words for it."""
        return text_in(language, self._template).format(**_all_in(language, self._facts))

    @classmethod
    def joined(cls, separator: str, texts: Iterable[str]) -> Self:
        """Return several texts as one.

        Parameters
        ----------
        separator
            What stands between them, the same in every language; no brace.
        texts
            The texts.
        """
        parts = {f"part{number}": text for number, text in enumerate(texts)}
        return cls(separator.join(f"{{{name}}}" for name in parts), **parts)


def said_in(language: str, text: object) -> object:
    """Return what a text is in a language; what is no `Sayable` is the same in all of them.

    Parameters
    ----------
    language
        A key of `LANGUAGES`.
    text
        A text, or any other fact of a sentence.
    """
    return text.in_language(language) if isinstance(text, Sayable) else text


def for_reader(text: str) -> str:
    """Return a text in the language of the request that is being answered.

    Parameters
    ----------
    text
        A text; a `Said` for one that has translations.
    """
    return str(said_in(current_language(), text))


def _all_in(language: str, facts: dict[str, object]) -> dict[str, object]:
    return {name: said_in(language, fact) for name, fact in facts.items()}
