"""A command and a port of the user's own: what is taken, refused, and where neither goes."""

import json

import pytest
from pydantic import ValidationError

from onyxia_hub.catalogue.form import options_from_form
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.overrides import overrides_for
from onyxia_hub.catalogue.own_program import COMMAND_LIMIT
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.profile_list import profile_list
from onyxia_hub.errors import InvalidOption

ANY = {"groups": (), "why_unavailable": lambda _: None}
LINE = "uvicorn app:app --port $PORT --token s3cr3t"


@pytest.fixture
def catalogue(make_profile):
    return Catalogue((make_profile(), make_profile(slug="own", own_program=True)))


@pytest.fixture
def parse(catalogue):
    return lambda raw: parse_options(raw, catalogue=catalogue, **ANY)


def test_a_command_and_the_profiles_port_are_enough(parse):
    options = parse({"profile": "own", "command": f"  {LINE} "})

    assert options.command == LINE
    assert options.port == 8888


@pytest.mark.parametrize("port", [8501, "8501", 1024, 65535])
def test_another_port_is_a_number_or_its_text(parse, port):
    assert parse({"profile": "own", "command": LINE, "port": port}).port == int(port)


def test_a_profile_with_a_program_has_its_port_and_no_command(parse):
    options = parse({"profile": "notebook"})

    assert options.command is None
    assert options.port == 8888


@pytest.mark.parametrize(("key", "value"), [("command", LINE), ("port", 8501)])
def test_neither_can_be_given_to_a_profile_with_a_program(parse, key, value):
    with pytest.raises(InvalidOption, match=f" {key}: can't be given, notebook starts a program"):
        parse({"profile": "notebook", key: value})


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "is missing"),
        ({"command": ""}, "is empty"),
        ({"command": " \t"}, "is empty"),
        ({"command": ["uvicorn"]}, "is a list"),
        ({"command": "a\nb"}, "holds a line break"),
        ({"command": "a\u00a0b"}, "holds a line break or another character that can't be seen"),
        ({"command": "a\0b"}, "holds a NUL"),
        ({"command": "é" * 2049}, f"is longer than {COMMAND_LIMIT} bytes"),
    ],
)
def test_what_is_no_line_of_shell_is_refused_with_a_way_out(parse, given, problem):
    with pytest.raises(InvalidOption, match=r"Write|Type") as refused:
        parse({"profile": "own", **given})

    assert refused.value.message.startswith(f"command: {problem}")


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        (True, "is true or false"),
        (80.5, "is a number"),
        ("http", "“http” is not a whole number"),
        ("٨٠٨٠", "is not a whole number"),
        ("-1", "“-1” is not a whole number"),
        (1023, "1023 is out of range"),
        ("0000080", "0000080 is out of range"),
        (65536, "65536 is out of range"),
        pytest.param(10**5000, "the number is out of range", id="huge"),
        pytest.param("9" * 5000, "is out of range", id="long"),
        (18000, "18000 is where the gateway listens"),
    ],
)
def test_what_is_no_free_port_is_refused_with_the_range(parse, port, problem):
    with pytest.raises(InvalidOption, match="Choose a number between 1024 and 65535") as refused:
        parse({"profile": "own", "command": LINE, "port": port})

    assert refused.value.message.startswith("port: ")
    assert problem in refused.value.message


def test_a_refused_command_is_not_repeated(parse):
    with pytest.raises(InvalidOption) as refused:
        parse({"profile": "own", "command": f"{LINE}\n{LINE}"})

    assert "s3cr3t" not in refused.value.message


def test_neither_a_spec_nor_a_log_holds_the_command(parse):
    options = parse({"profile": "own", "command": "run $(SECRET) s3cr3t"})

    assert "s3cr3t" not in repr(options)
    assert "s3cr3t" not in json.dumps(overrides_for(options))


def test_the_form_sends_them_as_texts_and_an_empty_port_is_the_profiles(parse):
    data = {
        "profile": ["own"],
        "profile-option-own--command": [LINE],
        "profile-option-own--port": [""],
    }

    assert options_from_form(data) == {"profile": "own", "command": LINE}
    data["profile-option-own--port"] = ["8501"]
    assert parse(options_from_form(data)).port == 8501


def test_an_empty_command_of_the_form_is_missed_by_its_name(parse):
    data = {"profile": ["own"], "profile-option-own--command": [""]}

    with pytest.raises(InvalidOption, match="command: is missing"):
        parse(options_from_form(data))


def test_the_page_is_told_which_profiles_ask_for_them(catalogue):
    entries = profile_list(catalogue, why_unavailable=ANY["why_unavailable"])
    told = {entry["slug"]: entry["onyxia"]["own_program"] for entry in entries}

    assert told["own"] == {"port": 8888, "port_min": 1024, "port_max": 65535}
    assert told["notebook"] is None


def test_a_profile_can_not_have_the_gateways_port(make_profile):
    with pytest.raises(ValidationError, match="port 18000 is where the gateway listens"):
        make_profile(port=18000)

    assert make_profile(port=18000, login="hub").port == 18000
