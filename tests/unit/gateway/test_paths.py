"""Paths that the gateway passes on, and paths that only look as if they were the service's."""

import pytest

from onyxia_hub.gateway.paths import below_prefix, split_target
from onyxia_hub.gateway.refusal import Refused

PREFIX = "/user/alice/x/"


@pytest.mark.parametrize(
    "target",
    [
        "/user/alice/x/../y/",
        "/user/alice/x/..",
        "/user/alice/x/%2e%2e/y/",
        "/user/alice/x/.%2E/y/",
        "/user/alice/x/%252e%252e/y/",
        "/user/alice/x/%25252e%25252e/y/",
        "/user/alice/x/..%2fy/",
        "/user/alice/x/%2e%2e%2fy/",
        "/user/alice/x/a%2f..%2f..%2fy",
        "/user/alice/x/..%5cy",
        "/user/alice/x/..%255cy",
        "/user/alice/x/..;a=b/y/",
        "/user/alice/x/%2e%2e;/y/",
        "/user/alice/x/a\\b",
        "/user/alice/x/..\\y",
        "/user/alice/x/%00",
        "/user/alice/x/%0d%0aSet-Cookie:a=b",
        "/user/alice/x/%250a",
        "/user/alice/x/a\x00b",
        "/user/alice/x/a\tb",
        "/user/alice/x/a#b",
        "/user/alice/x/%2525252525252e",
        "http://elsewhere.example/user/alice/x/",
        "//",
        "*",
        "elsewhere.example:443",
        "",
    ],
)
def test_a_target_that_could_leave_the_service_is_refused(target):
    if target == "//":
        # Two slashes are a path, though not the service's.
        assert below_prefix(split_target(target)[0], PREFIX) is None
        return
    with pytest.raises(Refused) as caught:
        split_target(target)
    assert caught.value.status == 400
    assert "alice" not in caught.value.sentence


@pytest.mark.parametrize(
    ("target", "below", "query"),
    [
        ("/user/alice/x/", "/", ""),
        ("/user/alice/x/lab?a=b&c=../d", "/lab", "?a=b&c=../d"),
        ("/user/alice/x/a%2Fb", "/a%2Fb", ""),
        ("/user/alice/x/a..b/...", "/a..b/...", ""),
        ("/user/alice/x/100%25", "/100%25", ""),
        ("/user/alice/x/%C3%A9", "/%C3%A9", ""),
        ("/user/alice/x/\xc3\xa9?\xc3\xa9", "/%C3%A9", "?%C3%A9"),
        ("/user/alice/x//a", "//a", ""),
        ("/user/%61lice/x/a", "/a", ""),
    ],
)
def test_what_follows_the_prefix_stays_as_it_came(target, below, query):
    path, rest = split_target(target)
    assert (below_prefix(path, PREFIX), rest) == (below, query)


@pytest.mark.parametrize(
    "path",
    ["/", "/user/alice/", "/user/alice/x", "/user/alice/xy/", "/user/bob/x/", "/hub/api/user"],
)
def test_other_paths_are_not_below_the_prefix(path):
    assert below_prefix(path, PREFIX) is None


def test_a_user_name_may_be_encoded_in_another_way_than_the_hub_does():
    assert below_prefix("/user/a@b/x/y", "/user/a%40b/x/") == "/y"
    assert below_prefix("/user/a%40b/x/y", "/user/a%40b/x/") == "/y"
    assert below_prefix("/user/a%2Fb/x/y", "/user/a/b/x/") is None
