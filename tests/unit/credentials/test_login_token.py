"""Which token is shown to a provider, and when none is."""

import time

import pytest

from onyxia_hub.credentials.base import Identity
from onyxia_hub.credentials.login_token import token_for
from onyxia_hub.errors import LoginExpired, ProviderMisconfigured
from tests.support.logins import token_of


def ask(tokens, kind="access_token"):
    identity = Identity(username="alice", groups=(), claims={}, tokens=tokens)
    return token_for(
        identity, kind, provider="Vault", endpoint="http://vault", setting="vault.token"
    )


def test_the_token_of_the_wanted_kind_is_taken():
    access, ident = token_of(aud="s3"), token_of(aud="hub")
    assert ask({"access_token": access, "id_token": ident}, "id_token").text == ident


def test_a_token_that_has_ended_is_a_login_to_repeat():
    with pytest.raises(LoginExpired):
        ask({"access_token": token_of(exp=int(time.time()) - 1)})


def test_a_token_without_an_end_is_left_to_the_provider():
    assert ask({"access_token": token_of(exp=None)}).is_jwt


def test_a_login_without_any_token_is_one_to_repeat():
    with pytest.raises(LoginExpired):
        ask({})
    with pytest.raises(LoginExpired):
        ask({"access_token": ""})


def test_a_login_with_only_the_other_kind_names_the_setting():
    with pytest.raises(ProviderMisconfigured) as raised:
        ask({"access_token": token_of()}, "id_token")
    assert "vault.token" in raised.value.message
    assert "id_token" in raised.value.message


def test_an_opaque_token_is_left_to_the_provider():
    token = ask({"access_token": "opaque"})
    assert token.text == "opaque"
    assert not token.is_jwt


def test_the_token_is_in_no_repr():
    text = token_of()
    assert text not in repr(ask({"access_token": text}))
