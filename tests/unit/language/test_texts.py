"""The texts of the pages are complete in each language."""

import re

import pytest

from onyxia_hub.language.texts import LOCALE, catalogue_of, plural_in, text_in, texts_of_scripts
from onyxia_hub.language.update import main, updated

_VALUES = re.compile(r"%\(\w+\)s|(?<![\w%])\{\w+\}|\$\w+")
FRENCH = [message for message in catalogue_of("fr") if message.id]


def forms(text):
    return text if isinstance(text, tuple | list) else (text,)


def test_the_catalogue_holds_exactly_what_the_pages_say():
    assert (LOCALE / "fr.po").read_text() == updated("fr"), "python -m onyxia_hub.language.update"
    assert main(["--check"]) == 0


def test_there_are_texts_of_templates_and_of_scripts():
    assert len(FRENCH) > 200
    assert text_in("fr", "My services") == "Mes services"
    assert texts_of_scripts("fr")["Copied"] == "Copié"
    assert "My services" not in texts_of_scripts("fr")
    assert texts_of_scripts("en") == {}


@pytest.mark.parametrize("message", FRENCH, ids=lambda message: str(forms(message.id)[0])[:60])
def test_a_text_is_translated_and_keeps_its_values(message):
    for english, french in zip(forms(message.id), forms(message.string), strict=True):
        assert french, "write the French text into fr.po"
        assert set(_VALUES.findall(english)) == set(_VALUES.findall(french))
        # What would be read as HTML by a careless page.
        assert "<" not in french


def test_what_has_no_translation_stays_english():
    assert text_in("fr", "No page says this") == "No page says this"
    assert plural_in("fr", "a", "b", 2) == "b"


@pytest.mark.parametrize(
    ("language", "number", "text"),
    [
        ("en", 0, "Shared with your groups %(groups)s"),
        ("en", 1, "Shared with your group %(groups)s"),
        ("fr", 0, "Partagé avec votre groupe %(groups)s"),
        ("fr", 1, "Partagé avec votre groupe %(groups)s"),
        ("fr", 2, "Partagé avec vos groupes %(groups)s"),
    ],
)
def test_a_number_has_its_form(language, number, text):
    one, many = "Shared with your group %(groups)s", "Shared with your groups %(groups)s"
    assert plural_in(language, one, many, number) == text
