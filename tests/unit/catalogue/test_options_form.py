"""From a submitted form to options: the stock KubeSpawner form's fields, and plain ones."""

import pytest

from onyxia_hub.catalogue.form import options_from_form
from onyxia_hub.errors import InvalidOption


def stock(slug: str = "notebook", **fields: str) -> dict[str, list[str]]:
    named = {f"profile-option-{slug}--{key}": [value] for key, value in fields.items()}
    return {"profile": [slug], **named}


def test_the_fields_of_the_chosen_profile_are_taken_and_those_of_others_left(parse):
    data = stock(image="py3-12", cpu_limit="4") | {
        "_xsrf": ["token"],
        "profile-option-trainer--gpu": ["1"],
        "profile-option-trainer--nonsense": ["1", "2"],
    }

    options = options_from_form(data)

    assert options == {"profile": "notebook", "image": "py3-12", "cpu_limit": "4"}
    assert parse(options).cpu_limit.value == 4


def test_plain_names_are_taken_as_the_rest_api_takes_them():
    data = {"profile": ["notebook"], "memory_limit": ["2Gi"], "git_branch": ["none"]}

    assert options_from_form(data) == {
        "profile": "notebook",
        "memory_limit": "2Gi",
        "git_branch": "none",
    }


@pytest.mark.parametrize(("word", "kept"), [("true", True), ("false", False)])
def test_what_happens_to_the_volume_is_a_word_in_both_forms(parse, word, kept):
    for data in (
        stock(keep_storage=word),
        {"profile": ["notebook"], "keep_storage": [word]},
        stock(keep_storage=word) | {"profile-option-shared--keep_storage": ["x", "y"]},
    ):
        options = options_from_form(data)
        assert options == {"profile": "notebook", "keep_storage": word}
        assert parse(options).keep_storage is kept


def test_none_in_the_stock_form_leaves_a_text_out():
    data = stock(git_repository="none", git_branch="none", vault_secret="none")

    assert options_from_form(data) == {"profile": "notebook"}


def test_a_typed_value_comes_alone_as_the_stock_form_sends_it():
    data = stock(**{"git_branch--unlisted-choice": "none", "image--unlisted-choice": "a/b:1"})

    assert options_from_form(data) == {
        "profile": "notebook",
        "git_branch": "none",
        "image": "a/b:1",
    }


def test_a_typed_value_beside_other_is_taken_without_javascript():
    data = stock(**{"image": "unlisted-choice", "image--unlisted-choice": "a/b:1"})

    assert options_from_form(data)["image"] == "a/b:1"


def test_an_empty_field_beside_a_choice_is_what_a_form_without_javascript_sends():
    data = stock(**{"image": "py3-12", "image--unlisted-choice": ""})

    assert options_from_form(data) == {"profile": "notebook", "image": "py3-12"}


def test_other_with_an_empty_optional_text_means_not_given():
    assert options_from_form(stock(**{"vault_secret--unlisted-choice": ""})) == {
        "profile": "notebook"
    }


def test_text_areas_are_read_as_browsers_send_them():
    data = {
        "profile": ["notebook"],
        "init_script": ["set -e\r\nmake\r\n"],
        "env": ["# mine\r\nA=1\r\n\r\nB = x=y \r\n"],
    }

    assert options_from_form(data) == {
        "profile": "notebook",
        "init_script": "set -e\r\nmake\r\n",
        "env": {"A": "1", "B": " x=y "},
    }


def test_empty_text_areas_mean_not_given():
    data = {"profile": ["notebook"], "init_script": [""], "env": ["\r\n"], "git_branch": [""]}

    assert options_from_form(data) == {"profile": "notebook"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"profil": ["notebook"]}, "profil: is not a field of the launch form. Did you mean prof"),
        (stock(cpu="4"), "profile-option-notebook--cpu: is not a field of the launch form."),
        (stock(profile="x"), "profile-option-notebook--profile: is not a field of the launch"),
        (
            stock(**{"cpu_limit--unlisted-choice": "4"}),
            "profile-option-notebook--cpu_limit--unlisted-choice: is not a field",
        ),
        ({"image--unlisted-choice": ["x"]}, "image--unlisted-choice: is not a field"),
        (
            stock(**{"keep_storage--unlisted-choice": "true"}),
            "profile-option-notebook--keep_storage--unlisted-choice: is not a field",
        ),
        ({"keep_storage": ["true", "false"]}, "keep_storage: comes 2 times."),
        ({"profile": ["a", "b"]}, "profile: comes 2 times."),
        ({"profile": []}, "profile: comes 0 times."),
        (stock() | {"profile-option-notebook--image": ["a", "b"]}, "image: comes 2 times."),
        (stock(image="py3-12") | {"image": ["py3-13"]}, "image: has two different values."),
        (
            stock(**{"image": "py3-12", "image--unlisted-choice": "x"}),
            "image: has two different values.",
        ),
        (
            stock(**{"image--unlisted-choice": "x"}) | {"image": ["y"]},
            "image: has two different values.",
        ),
        (stock(image="unlisted-choice"), "image: is “Other”, but nothing is written beside it."),
        ({"env": ["A=1\nsecret"]}, "env: line 2 holds no “=”."),
        ({"env": ["A=1\nA=2"]}, "env: line 2 gives a name that an earlier line gave."),
    ],
)
def test_what_the_form_can_not_have_sent_is_refused(data, sentence):
    with pytest.raises(InvalidOption) as caught:
        options_from_form(data)

    assert str(caught.value.message).startswith(sentence)


def test_a_line_without_a_name_is_never_repeated():
    with pytest.raises(InvalidOption) as caught:
        options_from_form({"env": ["KEY=-----BEGIN\nMIIEhunter2"]})

    assert "hunter2" not in caught.value.message
