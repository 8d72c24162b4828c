"""Every error has a sentence, is explained, and is expected by a test."""

import re
from pathlib import Path
from string import Formatter

import pytest

from onyxia_hub import errors
from onyxia_hub.errors import (
    administration,
    cluster,
    configurations,
    credentials,
    demo,
    files,
    launch,
    login,
    pods,
    secrets,
    services,
    spoken,
    storage,
)
from onyxia_hub.language import said_in

TESTS = Path(__file__).parents[1]
# What other errors derive from; they are caught, and shown only where nothing more is known.
MODULES = (
    *(administration, cluster, configurations, credentials, demo, files, launch, login, pods),
    *(secrets, services, spoken, storage),
)
BASES = {
    *("AdministrationError", "ConfigurationError", "CredentialError", "DemoError", "FileError"),
    *("LaunchError", "LoginError", "SecretError", "SettingsError", "Spoken"),
}

SPOKEN = [name for name in errors.__all__ if hasattr(getattr(errors, name), "sentence")]


def places_in(sentence):
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def test_every_class_of_the_package_is_offered():
    defined = {
        name
        for module in MODULES
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__.startswith(errors.__name__)
    }
    assert set(errors.__all__) == defined
    assert defined > BASES


@pytest.mark.parametrize("name", errors.__all__)
def test_every_error_says_what_it_stands_for(name):
    # Its own words: not those of the class it derives from.
    assert vars(getattr(errors, name)).get("__doc__")


@pytest.mark.parametrize("name", SPOKEN)
def test_every_place_of_a_sentence_can_be_filled_and_nothing_else_is_needed(name):
    error = getattr(errors, name)
    facts = {place: f"<{place}>" for place in places_in(error.sentence)}
    made = error(**facts)
    shown = getattr(made, "jupyterhub_message", str(made))
    assert all(place.isidentifier() for place in facts)
    assert all(fact in shown for fact in facts.values())
    assert not set(shown) & set("{}")


@pytest.mark.parametrize(
    "name", [name for name in SPOKEN if issubclass(getattr(errors, name), errors.Spoken)]
)
def test_a_sentence_says_the_same_facts_in_french(name):
    error = getattr(errors, name)
    made = error(**{place: f"<{place}>" for place in places_in(error.sentence)})
    french = said_in("fr", made.said)
    assert french != made.said or error.sentence.count("{") > 1
    assert set(re.findall(r"<\w+>", french)) == set(re.findall(r"<\w+>", made.said))
    assert not set(french) & set("{}")


def test_no_two_errors_say_the_same():
    sentences = [getattr(errors, name).sentence for name in SPOKEN]
    assert sorted(set(sentences)) == sorted(sentences)


@pytest.mark.parametrize("name", sorted(set(errors.__all__) - BASES))
def test_every_error_is_expected_by_a_test(name):
    word = re.compile(rf"\b{name}\b")
    files = [
        file.relative_to(TESTS).as_posix()
        for file in TESTS.rglob("test_*.py")
        if file != Path(__file__) and word.search(_uses(file))
    ]
    assert files, f"no test expects {name}: write one that provokes it"


def _uses(file):
    """Return a test file without its imports: an import alone expects nothing."""
    text = file.read_text(encoding="utf-8")
    return re.sub(
        r"^from onyxia_hub\.errors import (\([^)]*\)|[^\n]*)$", "", text, flags=re.MULTILINE
    )
