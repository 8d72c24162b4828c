"""Paths of Vault secrets."""

import pytest

from onyxia_hub.manifests.own_path import is_own_path


@pytest.mark.parametrize("path", ["db", "project/db", "a/b/c d", "..a/b..", "a.b/..c", "été"])
def test_a_path_below_the_own_folder_is_one(path):
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path",
    [
        "", "/", "/db", "db/", "a//b", "a/ /b", "..", ".", "../bob/db", "a/../../bob", "a/./b",
        "a/..", " a", " /a", "a ", "a\nb", "a\0b", "db\n", "a\u2028b", "a?b", "a#b", "%2e%2e/bob",
        "a\\b", "{a}", 'a"b',
    ],
)  # fmt: skip
def test_a_path_that_could_lead_elsewhere_is_none(path):
    assert not is_own_path(path)
