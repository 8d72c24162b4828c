"""Sentences that are put together in English and read in any language."""

from contextlib import contextmanager
from decimal import Decimal

import pytest

from onyxia_hub.catalogue.units import Spoken, Unit
from onyxia_hub.errors import InvalidOption, ProgramFailed
from onyxia_hub.language import Said, for_reader, request, said_in
from onyxia_hub.phases import Phases


@contextmanager
def reading(language):
    token = request._language.set(language)
    try:
        yield
    finally:
        request._language.reset(token)


def test_it_is_its_english_text_everywhere_but_for_its_reader():
    said = Said("is longer than {limit} bytes", limit=5)
    assert said == "is longer than 5 bytes"
    assert f"{said}" == "is longer than 5 bytes"
    assert for_reader(said) == "is longer than 5 bytes"
    with reading("fr"):
        assert for_reader(said) == "dépasse 5 octets"


def test_facts_that_have_words_are_said_in_the_same_language():
    amount = Spoken(Decimal(2**31), Unit.BYTES)
    limit = Said("its limit of {amount}", amount=amount)
    both = Said("{first} and {last}", first=limit, last=Said("a list"))
    assert both == "its limit of 2 GiB and a list"
    assert said_in("fr", both) == "sa limite de 2 Gio et une liste"


def test_texts_can_be_joined_and_hold_braces():
    joined = Said.joined("; ", [Said("a list"), "{x}"])
    assert joined == "a list; {x}"
    assert said_in("fr", joined) == "une liste; {x}"


def test_what_nobody_translated_stays_as_it_is():
    assert said_in("fr", Said("no such sentence {x}", x=1)) == "no such sentence 1"
    assert said_in("fr", "plain") == "plain"
    assert said_in("fr", 3) == 3


def test_a_refusal_is_read_in_the_language_of_the_request_and_logged_in_english():
    error = InvalidOption(
        field="port", problem=Said("is {kind}", kind=Said("a list")), fix=Said("Keep one of them.")
    )
    with reading("fr"):
        assert error.jupyterhub_message == "port : est une liste. Gardez-en un seul."
        assert "port: is a list. Keep one of them." in str(error)
    assert error.jupyterhub_message == "port: is a list. Keep one of them."
    with reading("fr"):
        failed = ProgramFailed(
            display_name="Jupyter", exit_code=3, hint=Said("It wrote nothing.")
        ).jupyterhub_message
    assert failed.startswith("Jupyter ")
    assert "avec le code de sortie 3" in failed
    assert failed.endswith("a rien écrit.")


@pytest.mark.parametrize(("language", "text"), [("en", "Starting R"), ("fr", "Démarrage de R")])
async def test_each_who_follows_a_launch_reads_their_own_language(language, text):
    phases = Phases()
    phases.report(40, Said("Starting {program}", program="R"))
    phases.finish()
    with reading(language):
        told = [event async for event in phases.follow()]
    assert told == [{"progress": 40, "message": text}]
