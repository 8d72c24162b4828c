"""A chosen secret: its path, its keys, its values."""

import pytest

from onyxia_hub.credentials.vault_secret import checked_path, environment
from onyxia_hub.errors import SecretUnusable


def env_of(content):
    return environment(content, path="project/db")


def test_text_stays_and_everything_else_becomes_text():
    assert env_of(
        {"A": " as is ", "B": 3, "C": 1.5, "D": True, "E": None, "F": [1, {"é": "x"}], "G": {}}
    ) == {
        "A": " as is ",
        "B": "3",
        "C": "1.5",
        "D": "true",
        "E": "",
        "F": '[1,{"é":"x"}]',
        "G": "{}",
    }


def test_onyxias_key_order_is_left_out():
    assert env_of({".onyxia.keysOrdering": ["A"], "A": "1"}) == {"A": "1"}


@pytest.mark.parametrize("name", ["1A", "A-B", "A B", "A.B", "", "É", "A\n", ".onyxia"])
def test_a_key_that_is_no_name_is_named(name):
    with pytest.raises(SecretUnusable, match="is not a name for an environment variable") as raised:
        env_of({name: "value-nobody-sees"})
    assert "project/db" in raised.value.message
    assert "value-nobody-sees" not in raised.value.message


@pytest.mark.parametrize(
    "name", ["JUPYTERHUB_API_TOKEN", "AWS_ACCESS_KEY_ID", "VAULT_TOKEN", "PATH", "LD_PRELOAD"]
)
def test_a_key_that_would_override_the_hubs_own_is_named(name):
    with pytest.raises(SecretUnusable, match="would override") as raised:
        env_of({"GOOD": "1", name: "x"})
    assert f"“{name}”" in raised.value.message


def test_a_key_that_no_kubernetes_secret_could_hold_is_refused():
    assert env_of({"A" * 200: "1"})
    with pytest.raises(SecretUnusable, match="is longer than the 200 characters of a name"):
        env_of({"A" * 201: "1"})


def test_names_that_only_look_alike_are_fine():
    content = {"MY_PATH": "1", "HOMEPAGE": "2", "user": "3", "PYTHONPATH": "4"}

    assert env_of(content) == content


def test_a_value_that_no_environment_can_hold_is_refused():
    with pytest.raises(SecretUnusable, match="NUL"):
        env_of({"A": "a\0b"})
    with pytest.raises(SecretUnusable, match="128 KiB"):
        env_of({"A": "x" * (128 * 1024)})
    with pytest.raises(SecretUnusable, match="too large"):
        env_of({f"A{i}": "x" * 110_000 for i in range(5)})


def test_a_path_below_the_top_directory_is_accepted():
    assert checked_path("project/my db", top_dir="alice") == "project/my db"


@pytest.mark.parametrize("path", ["../bob/db", "%2e%2e/bob/db", "a\nb", "a\0b"])
def test_a_path_that_could_leave_it_is_refused(path):
    with pytest.raises(SecretUnusable, match="is not the path of a secret") as raised:
        checked_path(path, top_dir="alice")
    assert "below alice/" in raised.value.message
    assert raised.value.message.isprintable()
