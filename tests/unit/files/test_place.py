"""Where a user's own place ends, and what is a name in it."""

import pytest

from onyxia_hub.errors import FileNameInvalid
from onyxia_hub.files.place import Place, short_name

OWN = Place("data", "alice/")


@pytest.mark.parametrize(
    ("directory", "place"),
    [
        ("user-alice/", Place("user-alice", "")),
        ("data/alice/", Place("data", "alice/")),
        ("data/team/alice/", Place("data", "team/alice/")),
    ],
)
def test_a_place_is_what_the_provider_named(directory, place):
    assert Place.of(directory) == place


@pytest.mark.parametrize("name", ["a", "a/b", "..a", "a..", "...", "a b+%2F?#&é\n", "/a", "a//b"])
def test_a_name_is_a_key_below_the_place_and_comes_back(name):
    key = OWN.key_of(name)
    assert key == f"alice/{name}"
    assert OWN.name_of(key) == name


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("", "it is empty"),
        ("..", "only dots"),
        (".", "only dots"),
        ("../bob/x", "only dots"),
        ("a/../../bob/x", "only dots"),
        ("a\\..\\..\\bob", "only dots"),
        ("a/./b", "only dots"),
        ("a\0b", "no file name has"),
        ("a\udce9b", "no file name has"),
        ("é" * 510, "longer than 1024 bytes"),
    ],
)
def test_what_can_not_be_a_name_is_told(name, problem):
    with pytest.raises(FileNameInvalid, match=problem) as refused:
        OWN.key_of(name)
    refused.value.message.encode()


def test_a_folder_is_everything_or_ends_in_a_slash():
    assert OWN.key_of("", folder=True) == "alice/"
    assert OWN.key_of("a/", folder=True) == "alice/a/"
    with pytest.raises(FileNameInvalid, match="ends in a slash"):
        OWN.key_of("a", folder=True)
    with pytest.raises(FileNameInvalid):
        OWN.key_of("../", folder=True)


@pytest.mark.parametrize(
    ("name", "short"), [("a/b.txt", "b.txt"), ("a/b/", "b"), ("b", "b"), ("/", "/")]
)
def test_the_last_part_of_a_name(name, short):
    assert short_name(name) == short
