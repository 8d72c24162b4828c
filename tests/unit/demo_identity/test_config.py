from __future__ import annotations

import pytest

from onyxia_hub.demo.identity import IdentityConfig


def test_everything_follows_from_the_issuer(tmp_path):
    config = IdentityConfig(issuer="http://127.0.0.1:8000/auth", state_dir=tmp_path, port=1)
    assert config.base_path == "/auth"
    assert config.redirect_uris == ("http://127.0.0.1:8000/hub/oauth_callback",)
    assert config.post_logout_uris == ("http://127.0.0.1:8000/hub/login",)
    assert config.secure is False


def test_an_issuer_may_be_a_whole_https_host(tmp_path):
    config = IdentityConfig(issuer="https://id.example.org", state_dir=tmp_path, port=1)
    assert config.base_path == ""
    assert config.secure is True


@pytest.mark.parametrize(
    "issuer",
    [
        "http://127.0.0.1:8000/auth/",
        "http://127.0.0.1:8000/auth?x=1",
        "http://hub.example.org/auth",
        "ftp://127.0.0.1/auth",
        "127.0.0.1:8000",
    ],
)
def test_an_issuer_that_no_client_could_use_is_refused(tmp_path, issuer):
    with pytest.raises(ValueError, match="the issuer"):
        IdentityConfig(issuer=issuer, state_dir=tmp_path, port=1)


@pytest.mark.parametrize("life", ["access_token_life", "session_life"])
def test_a_life_is_at_least_a_second(tmp_path, life):
    with pytest.raises(ValueError, match="1 second or more"):
        IdentityConfig(issuer="http://127.0.0.1:8000/auth", state_dir=tmp_path, port=1, **{life: 0})
