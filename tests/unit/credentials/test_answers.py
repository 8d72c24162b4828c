"""What providers' words mean, and how much of them is repeated."""

import pytest

from onyxia_hub.credentials.answers import about_the_token, clean, printable_address
from onyxia_hub.credentials.login_token import LoginToken
from onyxia_hub.errors import ClockSkew, WrongAudience
from tests.support.logins import token_of

TOKEN = LoginToken(text=token_of(), claims={"aud": "x"})


def meaning(words):
    return about_the_token(words, token=TOKEN, provider="Vault", endpoint="http://vault")


@pytest.mark.parametrize(
    "words",
    [
        # OpenBao 2.7.2
        "error validating token: invalid audience (aud) claim: audience claim does not match",
        # SeaweedFS 4.48
        "invalid token audience: token audience matches none of the configured client IDs",
        # AWS
        "InvalidIdentityToken: Incorrect token audience",
        "InvalidIdentityToken: Missing a required claim: aud",
        # MinIO
        "STS JWT Token has `aud` claim invalid, `aud` must match configured OpenID Client ID",
        "STS JWT Token has `azp` claim invalid, `azp` must match configured OpenID Client ID",
    ],
)
def test_words_about_the_audience_are_understood(words):
    assert isinstance(meaning(words), WrongAudience)


@pytest.mark.parametrize(
    ("words", "when"),
    [
        (
            "error validating token: invalid expiration time (exp) claim: token is expired",
            "already expired",
        ),
        ("ExpiredTokenException: failed to validate: token has expired", "already expired"),
        (
            "ExpiredToken: The web identity token that was passed is expired or is not valid.",
            "already expired",
        ),
        (
            "error validating token: invalid not before (nbf) claim: token not yet valid",
            "not yet valid",
        ),
        (
            "InvalidParameterValue: token has invalid claims: token is not valid yet",
            "not yet valid",
        ),
        ("Token used before issued", "not yet valid"),
    ],
)
def test_words_about_the_times_are_understood(words, when):
    error = meaning(words)
    assert isinstance(error, ClockSkew)
    assert f"finds your login {when}" in error.message


@pytest.mark.parametrize(
    "words",
    [
        "error verifying token signature: failed to verify id token signature",
        'error validating claims: claim "azp" does not match any associated bound claim values',
        "error fetching keys: x509: certificate has expired or is not yet valid",
        "",
    ],
)
def test_other_words_are_not_taken_for_one_of_these(words):
    assert meaning(words) is None


def test_the_token_sent_and_anything_like_one_is_cut_out():
    other = token_of("bob")
    text = f"bad {TOKEN.text} and {other}, hvs.CAESIJ1234567890, s.abcdefghij, {'A1' * 25} end."
    cleaned = clean(text, token=TOKEN)
    assert cleaned == "bad … and …, …, …, … end"


def test_words_are_brought_to_one_short_line():
    assert clean("one\n\ttwo\x1b[31m  three") == "one two [31m three"
    assert len(clean("word " * 100)) == 160


def test_addresses_in_words_stay_readable():
    words = "Get http://login.example.org/realms/onyxia/certs: connection refused"
    assert clean(words) == words


def test_a_password_in_an_address_is_not_shown():
    assert (
        printable_address("https://me:pw@s3.example.org:9000/x") == "https://s3.example.org:9000/x"
    )
