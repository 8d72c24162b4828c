"""Texts that users type."""

import pytest

from onyxia_hub.catalogue.free_text import (
    PATTERNS,
    SCRIPT_LIMIT,
    check_git_branch,
    check_git_repository,
    check_script,
    check_vault_secret,
)
from onyxia_hub.errors import InvalidOption


@pytest.mark.parametrize(
    "address",
    [
        "https://git.example.org/team/project.git",
        "https://git.example.org:8443/~alice/project",
        "https://git.example.org/a/b-c_d.e%20f/",
        "https://git.example.org/team/.github",
        "https://git.example.org/team/..hidden.git/",
    ],
)
def test_a_plain_https_address_is_taken(address):
    assert check_git_repository(address) == address


@pytest.mark.parametrize(
    "address",
    [
        "ssh://git@h.org/x",
        "--upload-pack=x",
        "file:///etc",
        "https://",
        "https://h.org",
        "https:///x",
        "https://-h.org/x",
        "https://h.org:0/x",
        "https://h.org:65536/x",
        "https://h.org:1٢/x",
        "https://h.org/x?token=1",
        "https://h.org/x#y",
        "https://u@h.org/x",
        "https://h.org\\@evil.org/x",
        "https://h.org/x\n",
        "https://h.org/{x}",
        "https://h.org/é",
        "HTTPS://h.org/x",
    ],
)
def test_any_other_address_is_refused(address):
    with pytest.raises(InvalidOption):
        check_git_repository(address)


@pytest.mark.parametrize("ending", ["", "/"])
@pytest.mark.parametrize("last", [".", "..", ".git", "..git", "...git", ".git.git"])
def test_an_address_whose_clone_would_have_no_folder_of_its_own_is_refused(last, ending):
    with pytest.raises(InvalidOption, match="is not the https address of a repository"):
        check_git_repository(f"https://h.org/x/{last}{ending}")
    with pytest.raises(InvalidOption):
        check_git_repository(f"https://h.org/{last}{ending}")


def test_a_script_has_the_line_ends_of_unix_and_its_length_is_that_of_them():
    assert check_script("#!/bin/bash\r\necho a\rb\r\n") == "#!/bin/bash\necho a\rb\n"
    assert check_script("\r\n" * SCRIPT_LIMIT) == "\n" * SCRIPT_LIMIT
    with pytest.raises(InvalidOption, match=f"longer than {SCRIPT_LIMIT} bytes"):
        check_script("\n" * (SCRIPT_LIMIT + 1))


@pytest.mark.parametrize("branch", ["main", "feature/x-1", "v1.0", "été", "a@b", "none"])
def test_a_branch_that_git_accepts_is_taken(branch):
    assert check_git_branch(branch) == branch


@pytest.mark.parametrize(
    "branch",
    [
        "-x", "--upload-pack=x", "@", "a@{1}", "a..b", "a//b", "/a", "a/", "a.", ".a", "a/.b",
        "a.lock", "a.lock/b", "a b", "a~b", "a^b", "a:b", "a?b", "a*b", "a[b", "a\\b", "a\x7f",
        "a\n", "a{b}", "a\u2028b", 'a"b',
    ],
)  # fmt: skip
def test_a_branch_that_git_refuses_is_refused(branch):
    with pytest.raises(InvalidOption):
        check_git_branch(branch)


def test_a_path_below_the_own_folder_is_taken():
    assert check_vault_secret("project/my db") == "project/my db"


@pytest.mark.parametrize("path", ["/db", "a/../b", "a ", "a%2e%2e", "db\n"])
def test_a_path_that_could_lead_elsewhere_is_refused(path):
    with pytest.raises(InvalidOption, match="is not a path below your own folder in Vault"):
        check_vault_secret(path)


@pytest.mark.parametrize("key", PATTERNS)
def test_patterns_can_stand_in_an_html_attribute_and_pin_both_ends(key):
    pattern = PATTERNS[key]

    assert pattern.startswith("^")
    assert pattern.endswith("$")
    assert not set(pattern) & set("\"'<>&")
