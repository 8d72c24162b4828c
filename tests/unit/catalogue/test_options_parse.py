"""Launch options: what is taken, and the sentence for everything that is not."""

import math
import random

import pytest

from onyxia_hub.catalogue.fields import KEYS
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.errors import (
    InvalidOption,
    LaunchError,
    ProfileForbidden,
    ProfileUnavailable,
    ProfileUnknown,
)


def test_a_profile_alone_gets_its_defaults(parse):
    options = parse({"profile": "notebook"})

    assert options.image == "example/notebook:3.13"
    assert (options.cpu_request.text, options.cpu_limit.text) == ("500m", "2")
    assert (options.memory_request.text, options.memory_limit.text) == ("1Gi", "4Gi")
    assert options.gpu == 0
    assert options.storage.text == "10Gi"
    assert options.keep_storage is False
    assert options.git_repository is options.git_branch is options.init_script is None
    assert options.vault_secret is None
    assert options.env == {}


def test_everything_that_can_be_chosen_is_taken(parse):
    options = parse(
        {
            "profile": "trainer",
            "image": "py3-12",
            "cpu_request": "250m",
            "cpu_limit": 1.5,
            "memory_request": "2Gi",
            "memory_limit": "2048Mi",
            "gpu": "2",
            "storage": "20Gi",
            "keep_storage": True,
            "git_repository": "https://git.example.org/team/project.git",
            "git_branch": "feature/x",
            "init_script": "echo hello\n",
            "vault_secret": "project/database",
            "env": {"LEVEL": 2, "DEBUG": True, "RATE": 0.5, "NAME": "é {x}"},
        }
    )

    assert options.image == "example/notebook:3.12"
    assert float(options.cpu_limit.value) == 1.5
    assert options.memory_request.value == options.memory_limit.value == 2 * 1024**3
    assert options.gpu == 2
    assert options.keep_storage is True
    assert options.git_branch == "feature/x"
    assert options.init_script == "echo hello\n"
    assert options.env == {"LEVEL": "2", "DEBUG": "true", "RATE": "0.5", "NAME": "é {x}"}


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("py3-12", "example/notebook:3.12"),
        ("example/notebook:3.12", "example/notebook:3.12"),
        ("example/notebook:4.0", "example/notebook:4.0"),
    ],
)
def test_an_image_is_a_name_or_a_listed_reference_or_matches(parse, image, reference):
    assert parse({"profile": "notebook", "image": image}).image == reference


def test_the_stock_spelling_of_a_typed_value_is_understood(parse):
    options = parse(
        {
            "profile": "notebook",
            "image--unlisted-choice": "example/notebook:4.0",
            "vault_secret--unlisted-choice": "none",
        }
    )

    assert options.image == "example/notebook:4.0"
    assert options.vault_secret == "none"


@pytest.mark.parametrize(
    "key", ["git_repository", "git_branch", "vault_secret", "init_script", "env"]
)
def test_an_empty_text_means_not_given(parse, key):
    assert parse({"profile": "bare", key: ""}) == parse({"profile": "bare"})


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (None, "user_options: is null. Write a mapping"),
        ([], "user_options: is a list. Write a mapping"),
        ({}, "profile: is missing. Choose one of: away, bare, notebook, trainer."),
        ({"profile": ""}, "profile: is empty. Choose one of: away, bare, notebook, trainer."),
        ({"profile": ["notebook"]}, "profile: is a list. Choose one of: away,"),
        ({"profile": None}, "profile: is null. Choose one of: away,"),
    ],
)
def test_without_a_profile_nothing_is_guessed(parse, raw, sentence):
    with pytest.raises(InvalidOption) as caught:
        parse(raw)

    assert str(caught.value.message).startswith(sentence)
    assert caught.value.status_code == 400


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        # keys
        ({"cpu_limt": 1}, "cpu_limt: is not an option. Did you mean cpu_limit?"),
        ({"CPU_LIMIT": 1}, "CPU_LIMIT: is not an option. Did you mean cpu_limit?"),
        ({"zzz": 1}, "zzz: is not an option. The options are profile, image, cpu_request,"),
        ({"gpu--unlisted-choice": 1}, "gpu--unlisted-choice: is not an option. Did you mean gpu?"),
        (
            {"image": "py3-12", "image--unlisted-choice": "x"},
            "image: is given both as image and as image--unlisted-choice. Keep one of them.",
        ),
        # amounts
        ({"cpu_limit": 64}, "cpu_limit: 64 is more than 8. Choose between 0.5 and 8."),
        ({"cpu_limit": "499m"}, "cpu_limit: 499m is less than 0.5. Choose between 0.5 and 8."),
        (
            {"memory_limit": "17Gi"},
            "memory_limit: 17Gi is more than 16Gi. Choose between 1Gi and 16Gi.",
        ),
        ({"memory_limit": "4"}, "memory_limit: 4 is less than 1Gi. Choose between 1Gi and 16Gi."),
        ({"cpu_limit": True}, "cpu_limit: is true or false. Write for example 2 or 500m. Choose"),
        ({"cpu_limit": None}, "cpu_limit: is null. Write for example"),
        ({"cpu_limit": [1]}, "cpu_limit: is a list. Write for example"),
        ({"cpu_limit": {"a": 1}}, "cpu_limit: is a mapping. Write for example"),
        ({"cpu_limit": math.nan}, "cpu_limit: the number is not an amount."),
        ({"cpu_limit": math.inf}, "cpu_limit: the number is not an amount."),
        ({"cpu_limit": -1}, "cpu_limit: the number is not an amount."),
        pytest.param({"cpu_limit": 10**5000}, "cpu_limit: the number is not an amount.", id="huge"),
        ({"cpu_limit": "2 cores"}, "cpu_limit: “2 cores” is not an amount."),
        ({"cpu_limit": ""}, "cpu_limit: “” is not an amount."),
        ({"cpu_limit": "٢"}, "cpu_limit: “٢” is not an amount."),
        ({"gpu": 1}, "gpu: can't be chosen, notebook takes no GPU. Leave it out"),
        (
            {"profile": "trainer", "gpu": 1.5},
            "gpu: 1.5 is not a whole number. Choose between 1 and",
        ),
        ({"profile": "trainer", "gpu": 0}, "gpu: 0 is less than 1. Choose between 1 and 3."),
        ({"profile": "bare", "storage": "1Gi"}, "storage: can't be chosen, bare keeps no storage."),
        (
            {"keep_storage": "yes"},
            "keep_storage: “yes” is neither true nor false. Write true to keep",
        ),
        ({"keep_storage": "True"}, "keep_storage: “True” is neither true nor false. Write true"),
        ({"keep_storage": ""}, "keep_storage: “” is neither true nor false. Write true to keep"),
        ({"keep_storage": 1}, "keep_storage: is a number. Write true to keep the volume when"),
        ({"keep_storage": 0.0}, "keep_storage: is a number. Write true"),
        ({"keep_storage": None}, "keep_storage: is null. Write true"),
        ({"keep_storage": [True]}, "keep_storage: is a list. Write true"),
        ({"keep_storage": {"true": 1}}, "keep_storage: is a mapping. Write true"),
        ({"keep_storage--unlisted-choice": "true"}, "keep_storage--unlisted-choice: is not an op"),
        (
            {"profile": "bare", "keep_storage": False},
            "keep_storage: can't be chosen, bare keeps no storage. Leave it out",
        ),
        # requests and limits
        (
            {"cpu_request": 4, "cpu_limit": 1},
            "cpu_request: 4 is more than cpu_limit, which is 1. Choose at most 1, or a higher",
        ),
        (
            {"cpu_request": 4},
            "cpu_request: 4 is more than cpu_limit, which is 2 by default. Choose at most 2",
        ),
        (
            {"memory_request": "4Gi", "memory_limit": "1Gi"},
            "memory_request: 4Gi is more than memory_limit, which is 1Gi. Choose at most 1Gi",
        ),
        # images
        ({"image": 3}, "image: is a number. Choose one of: py3-13, py3-12, or write an image"),
        ({"image": ""}, "image: is empty. Choose one of: py3-13, py3-12, or write"),
        ({"image": "evil/image:1"}, "image: “evil/image:1” is not allowed by notebook. Choose"),
        ({"image": "example/notebook:1;x"}, "image: “example/notebook:1;x” is not allowed by"),
        ({"image": "example/notebook:1\n"}, "image: “example/notebook:1�” is not the name of an"),
        (
            {"profile": "bare", "image": "example/notebook:4"},
            "image: “example/notebook:4” is not offered by bare. Choose one of: py3-13, py3-12.",
        ),
        # texts
        ({"git_repository": "git@h:x.git"}, "git_repository: does not start with https://."),
        ({"git_repository": "http://h/x"}, "git_repository: does not start with https://."),
        ({"git_repository": "https://u:p@h/x"}, "git_repository: holds a user name or a password"),
        ({"git_repository": "https://h/x y"}, "git_repository: is not the https address of a"),
        ({"git_repository": 1}, "git_repository: is a number. Write a text between quotes."),
        ({"git_branch": "main"}, "git_branch: is given without git_repository."),
        (
            {"profile": "bare", "git_repository": "https://h.org/x"},
            "git_repository: can't be given, bare clones no repository.",
        ),
        ({"vault_secret": "../alice"}, "vault_secret: is not a path below your own folder"),
        (
            {"profile": "bare", "vault_secret": "x"},
            "vault_secret: can't be given, bare gets no access to Vault.",
        ),
        ({"init_script": "a\0b"}, "init_script: holds a NUL or a broken character."),
        ({"init_script": "x" * 65537}, "init_script: is longer than 65536 bytes."),
        ({"init_script": "é" * 40000}, "init_script: is longer than 65536 bytes."),
        ({"init_script": ["x"]}, "init_script: is a list. Write a text"),
        (
            {"profile": "bare", "init_script": "x"},
            "init_script: can't be given, bare runs no script of yours.",
        ),
        ({"env": ["A=1"]}, "env: is a list. Write a mapping of names to values"),
        ({"env": None}, "env: is null. Write a mapping"),
    ],
)
def test_what_can_not_be_taken_is_refused_with_its_fix(parse, changes, sentence):
    with pytest.raises(InvalidOption) as caught:
        parse({"profile": "notebook", **changes})

    assert str(caught.value.message).startswith(sentence)
    assert caught.value.status_code == 400


def test_a_limit_below_the_default_request_is_refused_and_not_adjusted(make_profile, parse):
    with pytest.raises(InvalidOption) as caught:
        parse({"profile": "notebook", "memory_limit": "1Gi", "memory_request": "2Gi"})
    assert caught.value.field == "memory_request"

    with pytest.raises(InvalidOption) as caught:
        parse({"profile": "notebook", "cpu_limit": "500m", "cpu_request": "501m"})
    assert caught.value.field == "cpu_request"


def test_a_limit_alone_is_held_against_the_default_request(make_profile):
    profile = make_profile(resources__cpu__request={"min": 1, "max": 4, "default": 2})
    with pytest.raises(InvalidOption) as caught:
        parse_options(
            {"profile": "notebook", "cpu_limit": 1},
            catalogue=Catalogue((profile,)),
            groups=(),
            why_unavailable=lambda _: None,
        )

    assert str(caught.value.message) == (
        "cpu_limit: 1 is less than cpu_request, which is 2 by default. "
        "Choose at least 2, or a lower cpu_request."
    )


def test_an_unknown_profile_shows_only_what_the_user_may_see(parse):
    with pytest.raises(ProfileUnknown) as caught:
        parse({"profile": "nteract"})

    assert "Choose one of: away, bare, notebook, trainer." in caught.value.message
    assert "confidential" not in caught.value.message


def test_a_profile_of_another_group_is_forbidden(parse):
    with pytest.raises(ProfileForbidden) as caught:
        parse({"profile": "confidential"}, groups=["finance"])

    assert caught.value.status_code == 403
    assert "geo, stats" in caught.value.message
    assert parse({"profile": "confidential"}, groups=["geo"]).profile.slug == "confidential"


def test_a_profile_that_can_not_run_here_says_why(parse):
    with pytest.raises(ProfileUnavailable) as caught:
        parse({"profile": "away"})

    assert caught.value.status_code == 409
    assert caught.value.message.endswith("There is no such program here.")


def test_long_and_unprintable_values_are_shown_short_and_safe(parse):
    with pytest.raises(LaunchError) as caught:
        parse({"profile": "x" * 100_000 + "\n\x1b[31m\ud800"})
    assert len(caught.value.message) < 300

    with pytest.raises(LaunchError) as caught:
        parse({"profile": "a\r\nSet-Cookie: x\ud800"})
    assert caught.value.message.encode()
    assert "\n" not in caught.value.message
    assert "\r" not in caught.value.message


SECRET = "hunter2hunter2"


@pytest.mark.parametrize(
    "changes",
    [
        {"env": {"A": SECRET + "\0"}},
        {"env": {"A": [SECRET]}},
        {"env": {SECRET + "/+==": "x"}},
        {"env": {"JUPYTERHUB_" + SECRET: "x"}},
        {"env": {"VAULT_TOKEN": SECRET}},
        {"env": SECRET},
        {"init_script": SECRET + "\0"},
        {"init_script": SECRET * 10_000},
        {"git_repository": f"https://user:{SECRET}@git.example.org/x"},
        {"git_repository": f"http://user:{SECRET}@git.example.org/x"},
        {"git_repository": f"https://git.example.org/x?token={SECRET}"},
        {"vault_secret": f"/{SECRET}"},
    ],
)
def test_no_message_repeats_what_may_be_a_secret(parse, changes):
    with pytest.raises(InvalidOption) as caught:
        parse({"profile": "notebook", **changes})

    assert SECRET not in str(caught.value)
    assert SECRET not in repr(caught.value)
    assert SECRET not in caught.value.message


def test_the_options_keep_secrets_out_of_their_repr(parse):
    options = parse({"profile": "notebook", "init_script": SECRET, "env": {"A": SECRET}})

    assert options.env == {"A": SECRET}
    assert SECRET not in repr(options)


TEXTS = (
    "", "none", "notebook", "trainer", "py3-12", "1", "2Gi", "-1", "1e309", "\0", "\ud800", "{}",
    "{value}", "%s", "https://h.org/x", "https://[::1", "https://h:99999999999999/x", "../x",
    "x" * 70_000, "\N{FULLWIDTH DIGIT NINE}", "a\nb", "__class__", "unlisted-choice",
)  # fmt: skip
NUMBERS = (0, 1, -1, 2, 10**30, 10**5000, -(10**400), 0.5, 1.5, 2.0, 1e-300, 1e300)
ODDITIES = (None, True, False, math.nan, math.inf, -math.inf)


def any_json(dice: random.Random, depth: int = 0) -> object:
    match dice.randrange(8 if depth < 3 else 6):
        case 0:
            return dice.choice(ODDITIES)
        case 1 | 2:
            return dice.choice(NUMBERS)
        case 6:
            return [any_json(dice, depth + 1) for _ in range(dice.randrange(3))]
        case 7:
            return {dice.choice(TEXTS): any_json(dice, depth + 1) for _ in range(dice.randrange(3))}
        case _:
            return dice.choice(TEXTS)


def any_options(dice: random.Random) -> object:
    if dice.random() < 0.02:
        return any_json(dice)
    suffixes = ("", "", "", "", "--unlisted-choice", "x")
    keys = (*KEYS, *KEYS, dice.choice(TEXTS))
    options = {
        dice.choice(keys) + dice.choice(suffixes): any_json(dice) for _ in range(dice.randrange(4))
    }
    if dice.random() < 0.9:
        options["profile"] = dice.choice(("notebook", "trainer", "bare"))
    return options


def test_arbitrary_json_never_raises_anything_but_a_launch_error(parse):
    """Two thousand cases from a fixed seed: every key with values of every shape."""
    dice = random.Random(20261124)
    launched, sentences = [], []
    for _ in range(2000):
        try:
            launched.append(parse(any_options(dice)))
        except LaunchError as error:
            sentences.append(error.message)

    assert len(launched) > 100
    assert len(sentences) > 1000
    assert all(isinstance(options, LaunchOptions) for options in launched)
    assert all(sentence.isprintable() and len(sentence) < 1000 for sentence in sentences)
