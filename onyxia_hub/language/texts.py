"""The texts of the pages in each language, from the catalogues in ``onyxia_hub/locale``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

__all__ = ["LANGUAGES", "LOCALE", "catalogue_of", "plural_in", "text_in", "texts_of_scripts"]

#: Folder of the catalogues.
LOCALE = Path(__file__).parent.parent / "locale"
#: Languages by code, each named in itself. English needs no catalogue.
LANGUAGES = {"en": "English", "fr": "Français"}


@cache
def catalogue_of(language: str) -> Catalog:
    """Return the catalogue of a language, read once; an empty one for English.

    Parameters
    ----------
    language
        A key of `LANGUAGES`.
    """
    if language == "en":
        return Catalog(locale="en")
    with (LOCALE / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def text_in(language: str, text: str) -> str:
    """Return a text in a language, and the English one where the catalogue lacks it.

    Parameters
    ----------
    language
        A key of `LANGUAGES`.
    text
        The English text.
    """
    found = catalogue_of(language).get(text)
    translation = found.string if found is not None and not found.fuzzy else ""
    return translation if isinstance(translation, str) and translation else text


def plural_in(language: str, one: str, many: str, number: int) -> str:
    """Return the form of a text for a number, in a language.

    Parameters
    ----------
    language
        A key of `LANGUAGES`.
    one, many
        The English forms.
    number
        How many there are.
    """
    catalogue = catalogue_of(language)
    found = catalogue.get(one)
    forms = found.string if found is not None and not found.fuzzy else ()
    if isinstance(forms, tuple) and all(forms) and forms:
        # Both languages here say one and many; French counts 0 as one.
        return str(forms[0 if number == 1 or (number == 0 and language == "fr") else 1])
    return one if number == 1 else many


@cache
def texts_of_scripts(language: str) -> dict[str, str]:
    """Return the texts that the pages' scripts show, by their English; none for English.

    Parameters
    ----------
    language
        A key of `LANGUAGES`.
    """
    return {
        message.id: message.string
        for message in catalogue_of(language)
        if isinstance(message.id, str)
        and isinstance(message.string, str)
        and message.id
        and message.string
        and any(place.endswith(".js") for place, _ in message.locations)
    }
