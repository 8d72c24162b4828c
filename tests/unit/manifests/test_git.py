"""What is kept for git: what of it can be used, and the variables that it becomes."""

import pytest

from onyxia_hub.manifests.git import (
    GitIdentity,
    beside,
    email_problem,
    git_env,
    name_problem,
    token_problem,
)
from onyxia_hub.settings.git import git_server

KEPT = {
    "name": "Zoé O'Brien",
    "email": "zoe@example.org",
    "server": "https://git.example.org",
    "token": "pat",
    "token_since": "2026-01-02T03:04:05+00:00",
}


def test_everything_becomes_onyxias_variables_and_gits_own():
    assert git_env(GitIdentity.of(KEPT)) == {
        "GIT_USER_NAME": "Zoé O'Brien",
        "GIT_USER_MAIL": "zoe@example.org",
        "GIT_PERSONAL_ACCESS_TOKEN": "pat",
        "GIT_AUTHOR_NAME": "Zoé O'Brien",
        "GIT_AUTHOR_EMAIL": "zoe@example.org",
        "GIT_COMMITTER_NAME": "Zoé O'Brien",
        "GIT_COMMITTER_EMAIL": "zoe@example.org",
        "ONYXIA_GIT_SERVER": "https://git.example.org",
    }


def test_nothing_is_set_that_is_not_kept():
    assert git_env(GitIdentity.of({})) == {}
    assert set(git_env(GitIdentity.of({"email": "a@b"}))) == {
        "GIT_USER_MAIL",
        "GIT_AUTHOR_EMAIL",
        "GIT_COMMITTER_EMAIL",
    }
    # A server is nothing without its token.
    assert git_env(GitIdentity.of({"server": "https://git.example.org"})) == {}


@pytest.mark.parametrize(
    "written",
    [
        {"name": 3, "email": ["a@b"], "token": None, "server": {}},
        {"name": "a\nb", "email": "a b@c", "token": "line\nline"},
        {"name": "<>", "email": "", "token": ""},
    ],
)
def test_what_other_tools_wrote_and_git_can_not_take_is_left_out(written):
    assert GitIdentity.of(written) == GitIdentity()


def test_a_token_for_nobody_knows_where_is_not_given_to_git():
    identity = GitIdentity.of({**KEPT, "server": "https://*.example.org"})
    assert identity.server is None
    assert git_env(identity)["GIT_PERSONAL_ACCESS_TOKEN"] == "pat"


def test_the_token_is_not_in_the_words_of_an_identity():
    assert "pat" not in repr(GitIdentity.of(KEPT))


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("https://github.com", "https://github.com"),
        (" GitHub.com/ ", "https://github.com"),
        ("https://git.example.org:8443/", "https://git.example.org:8443"),
        ("https://github.com:443", "https://github.com"),
        ("127.0.0.1:3000", "https://127.0.0.1:3000"),
    ],
)
def test_a_server_is_written_as_git_compares_it(text, server):
    assert git_server(text) == server


@pytest.mark.parametrize(
    "text",
    [
        *("", "https://", "http://github.com", "ssh://github.com", "https://github.com/alice"),
        *("https://alice@github.com", "https://*.com", "https://a?b", "a b", "https://host:99999"),
        *("https://a\nb", "https://-a.org", "https://host:", "https://é.org", "https://a" * 60),
    ],
)
def test_what_is_more_or_less_than_a_server_is_none(text):
    assert git_server(text) is None


@pytest.mark.parametrize(
    ("problem_of", "good", "bad"),
    [
        (name_problem, "李 小龙", ("a" * 201, "a\tb", "Alice <a", "...", "")),
        (email_problem, "1+a@users.noreply.github.com", ("alice", "a@", "@b", "a@b c", "<a@b>")),
        (email_problem, "a@b", ("a" * 255 + "@b", "a@b\n")),
        (token_problem, "glpat-_1.~", ("a b", "a\n", "é", "x" * 8193, "")),
    ],
)
def test_what_git_could_misread_has_a_problem(problem_of, good, bad):
    assert problem_of(good) is None
    assert all(problem_of(each) for each in bad)


def test_what_was_chosen_for_one_service_wins():
    kept = git_env(GitIdentity.of(KEPT))
    env = beside(kept, {"GIT_AUTHOR_NAME": "Somebody", "MORE": "1"})
    assert env == {**kept, "GIT_AUTHOR_NAME": "Somebody", "MORE": "1"}


def test_a_token_typed_for_one_service_does_not_go_to_the_kept_server():
    env = beside(git_env(GitIdentity.of(KEPT)), {"GIT_PERSONAL_ACCESS_TOKEN": "of another"})
    assert env["GIT_PERSONAL_ACCESS_TOKEN"] == "of another"
    assert "ONYXIA_GIT_SERVER" not in env
