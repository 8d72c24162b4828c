"""Folder names of users and services."""

import pytest

from onyxia_hub.manifests.names import env_key, file_key, folder_name, secret_name


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("alice", "alice"),
        ("", "_default"),
        ("..", "%2E%2E"),
        ("a/b", "a%2Fb"),
        ("_default", "%5Fdefault"),
        ("alice@example.org", "alice%40example%2Eorg"),
        ("Zoé", "Zo%C3%A9"),
    ],
)
def test_every_name_has_a_folder_of_its_own(name, folder):
    assert folder_name(name) == folder


def test_a_variable_can_never_take_the_place_of_a_file():
    assert env_key("start.sh") != file_key("start.sh")
    assert secret_name("onyxia-alice") == "onyxia-alice-credentials"
