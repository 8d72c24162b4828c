"""A Vault token of a running service: extended in place, or replaced where that is not possible."""

import pytest

from onyxia_hub.credentials.base import Held
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import LoginExpired, ProviderUnreachable, VaultSealed
from onyxia_hub.settings import VaultSettings
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of
from tests.support.vault_answers import TOKEN, refusal, token

HELD = Held(env={"VAULT_TOKEN": TOKEN}, lives={"vault": 3600})
NEW = "hvs.another-token-that-is-long-enough-to-be-noticed"
RENEW, LOGIN = "/v1/auth/token/renew-self", "/v1/auth/jwt/login"


async def renewed(*answers, identity=None, held=HELD):
    """Return what a renewal gives, and the paths that were asked."""
    with AnsweringServer(*answers) as server:
        settings = VaultSettings(address=server.address, role="onyxia", timeout=2)
        try:
            provider = VaultProvider(settings)
            credentials = await provider.renew(identity or login_of(), held, service="lab")
        finally:
            renewed.asked = [question.path for question in server.questions]
            renewed.tokens = [
                question.headers.get("X-Vault-Token") for question in server.questions
            ]
        return credentials


async def test_a_token_is_extended_in_place():
    credentials = await renewed(token())
    assert renewed.asked == [RENEW]
    assert renewed.tokens == [TOKEN]
    assert credentials.env == credentials.files == {}
    assert (credentials.expires_at - credentials.minted_at).total_seconds() == 3600


async def test_no_login_is_needed_for_that():
    await renewed(token(), identity=login_of(exp=1))
    assert renewed.asked == [RENEW]


@pytest.mark.parametrize(
    "answer",
    [
        refusal(403, "permission denied"),
        refusal(400, "lease is not renewable"),
        token(lease_duration=60),
    ],
)
async def test_one_that_ended_or_comes_near_its_longest_life_is_replaced(answer):
    credentials = await renewed(answer, token(client_token=NEW))
    assert renewed.asked == [RENEW, LOGIN]
    assert credentials.env == {"VAULT_TOKEN": NEW}
    assert credentials.files == {"export-vault.sh": f"export VAULT_TOKEN={NEW}\n"}


async def test_a_token_without_end_stays():
    credentials = await renewed(token(lease_duration=0))
    assert renewed.asked == [RENEW]
    assert credentials.expires_at.year == 9999


async def test_a_replacement_needs_a_login_that_lives():
    with pytest.raises(LoginExpired):
        await renewed(refusal(403, "permission denied"), identity=login_of(exp=1))
    assert renewed.asked == [RENEW]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(503, "Vault is sealed"), VaultSealed),
        (refusal(429, "request path: rate limit quota exceeded"), ProviderUnreachable),
        (refusal(473), ProviderUnreachable),
        (Answer(status=500), ProviderUnreachable),
    ],
)
async def test_a_vault_that_is_not_there_replaces_nothing(answer, error):
    with pytest.raises(error):
        await renewed(answer)
    assert set(renewed.asked) == {RENEW}


def test_only_a_service_with_a_token_holds_any():
    provider = VaultProvider(VaultSettings(address="http://127.0.0.1:9", role="onyxia"))
    assert provider.holds(HELD)
    assert not provider.holds(Held(env={"AWS_REGION": "x"}))
