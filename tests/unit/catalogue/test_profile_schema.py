"""The JSON Schema that editors check profile files with."""

import pytest
from jsonschema import Draft202012Validator

from onyxia_hub.catalogue.schema import profile_json_schema


@pytest.fixture(scope="module")
def validator():
    schema = profile_json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_a_profile_with_texts_in_one_or_two_languages_is_valid(validator, content):
    assert validator.is_valid(content())
    assert validator.is_valid(content(display_name="Notebook", env={"A": 1, "B": True}))


@pytest.mark.parametrize(
    "changes",
    [
        {"slug": "Not A Slug"},
        {"nonsense": 1},
        {"display_name": ""},
        {"display_name": {"fr": "Carnet"}},
        {"category": "games"},
        {"command": []},
        {"discovery": {"consumes": ["mlfow"]}},
        {"resources__cpu": None},
        {"persistence__scope": "team"},
        {"persistence__access_mode": "ReadOnlyMany"},
        {"persistence__keep": "sometimes"},
    ],
)
def test_mistakes_are_found_while_typing(validator, content, changes):
    assert not validator.is_valid(content(**changes))
