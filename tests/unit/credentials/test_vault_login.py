"""The login at Vault: what is sent, and what each answer means."""

import asyncio
import json
import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import (
    ClockSkew,
    LoginExpired,
    ProviderMisconfigured,
    ProviderUnreachable,
    TokenRefused,
    VaultSealed,
    WrongAudience,
)
from onyxia_hub.settings import VaultSettings
from tests.support import exchanges
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of, token_of
from tests.support.vault_answers import NO_CONTENT, TOKEN, refusal, token

REQUEST = CredentialRequest(mode="on", directory="/var/run/onyxia", service="lab")


def provider_at(address, **changes):
    return VaultProvider(
        VaultSettings(**{"address": address, "role": "onyxia", "timeout": 5, **changes})
    )


minted = partial(exchanges.minted, provider_at, request=REQUEST)
refused = partial(exchanges.refused, provider_at, request=REQUEST)


async def test_role_and_token_go_to_the_login_of_the_mount():
    text = token_of()
    _, questions = await minted(
        token(), identity=login_of(token=text), auth_mount="oidc/jwt", namespace="team"
    )
    assert [(question.method, question.path) for question in questions] == [
        ("POST", "/v1/auth/oidc/jwt/login")
    ]
    assert json.loads(questions[0].body) == {"role": "onyxia", "jwt": text}
    assert questions[0].headers["X-Vault-Namespace"] == "team"
    assert "X-Vault-Token" not in questions[0].headers


async def test_the_environment_has_onyxias_names():
    with AnsweringServer(token()) as server:
        credentials = await provider_at(server.address, top_dir="users/{username}").mint(
            login_of(), REQUEST
        )
        assert credentials.env == {
            "VAULT_ADDR": server.address,
            "VAULT_TOKEN": TOKEN,
            "VAULT_MOUNT": "secret",
            "VAULT_TOP_DIR": "users/alice",
        }
    assert credentials.files == {"export-vault.sh": f"export VAULT_TOKEN={TOKEN}\n"}
    assert credentials.provider == "vault"


async def test_a_namespace_is_told_to_the_service():
    credentials, _ = await minted(token(), namespace="team")
    assert credentials.env["VAULT_NAMESPACE"] == "team"


async def test_the_end_is_the_leases():
    before = datetime.now(UTC)
    credentials, _ = await minted(token(lease_duration=1800))
    assert credentials.expires_at - credentials.minted_at == timedelta(seconds=1800)
    assert before <= credentials.minted_at <= datetime.now(UTC)
    credentials, _ = await minted(token(lease_duration=0))
    assert credentials.expires_at.year == 9999


async def test_a_token_that_can_not_be_renewed_is_told_to_the_administrator(caplog):
    await minted(token(renewable=False))
    assert "role onyxia can't be renewed" in caplog.text
    caplog.clear()
    await minted(token())
    assert "renewed" not in caplog.text


async def test_an_ended_login_is_not_even_sent():
    identity = login_of(exp=int(time.time()) - 5)
    await refused(LoginExpired, token(), identity=identity, attempts=0)


INVALID = "error validating token: "


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (
            refusal(400, INVALID + "invalid audience (aud) claim: does not match"),
            WrongAudience,
            "is not meant for Vault",
        ),
        (
            refusal(400, INVALID + "invalid expiration time (exp) claim: token is expired"),
            ClockSkew,
            "already expired",
        ),
        (
            refusal(400, INVALID + "invalid not before (nbf) claim: token not yet valid"),
            ClockSkew,
            "not yet valid",
        ),
        (
            refusal(400, INVALID + "error verifying token signature: failed to verify"),
            TokenRefused,
            "failed to verify",
        ),
        (
            refusal(400, INVALID + "invalid issuer (iss) claim"),
            TokenRefused,
            "does not trust the issuer",
        ),
        (
            refusal(400, INVALID + "error fetching keys: connection refused"),
            TokenRefused,
            "can't get the identity provider's keys",
        ),
        (
            refusal(400, 'claim "azp" does not match any associated bound claim values'),
            TokenRefused,
            'claim "azp" does not match',
        ),
        (refusal(400), TokenRefused, "gives no reason"),
        (
            refusal(400, 'role "onyxia" could not be found'),
            ProviderMisconfigured,
            "vault.role",
        ),
        (refusal(400, "missing role"), ProviderMisconfigured, "vault.role"),
        (refusal(403, "permission denied"), ProviderMisconfigured, "vault.auth_mount"),
        (
            refusal(404, 'no handler for route "auth/jwt/login". route entry not found.'),
            ProviderMisconfigured,
            "vault.auth_mount",
        ),
        (refusal(404, "namespace not found"), ProviderMisconfigured, "vault.namespace"),
        (Answer(status=404, body="<html>"), ProviderMisconfigured, "vault.address"),
        (
            Answer(status=307, headers={"Location": "https://elsewhere.example.org"}),
            ProviderMisconfigured,
            "redirects elsewhere, HTTP 307",
        ),
        (Answer(body="<html>Log in</html>"), ProviderMisconfigured, "vault.address"),
        (Answer(body=""), ProviderMisconfigured, "vault.address"),
        (Answer(body=token().body[:40]), ProviderMisconfigured, "vault.address"),
        (Answer(body="[1]"), ProviderMisconfigured, "vault.address"),
        (Answer(body='{"auth": null}'), ProviderMisconfigured, "vault.address"),
        (token(client_token=None), ProviderMisconfigured, "vault.address"),
        (Answer(status=204), ProviderMisconfigured, "vault.address"),
        (refusal(503, "Vault is sealed"), VaultSealed, "is sealed"),
        (refusal(501, "not initialized"), ProviderUnreachable, "not been initialised"),
        (refusal(429, "rate limit quota exceeded"), ProviderUnreachable, "overloaded"),
        (refusal(472), ProviderUnreachable, "standby"),
        (refusal(473), ProviderUnreachable, "standby"),
    ],
)
async def test_every_refusal_has_its_sentence_and_is_not_repeated(answer, kind, words):
    error = await refused(kind, answer)
    assert words in error.message
    assert "at http://127.0.0.1:" in error.message


async def test_an_opaque_token_that_is_refused_blames_the_setting():
    error = await refused(
        ProviderMisconfigured,
        refusal(400, "oidc: malformed jwt: compact JWS format must have three parts"),
        identity=login_of(token="opaque-token"),
    )
    assert "vault.token" in error.message


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "local node not active but active cluster node not found"),
        Answer(status=502, body="<html>"),
        Answer(status=503, body="<html>"),
        refusal(412, "required index state not present"),
    ],
)
async def test_a_server_error_is_forgiven_once(answer):
    _, questions = await minted(answer, token())
    assert len(questions) == 2
    error = await refused(ProviderUnreachable, answer, attempts=2)
    assert f"HTTP {answer.status}" in error.message


async def test_a_broken_connection_is_forgiven_twice():
    lost = Answer(status=0)
    _, questions = await minted(lost, lost, token())
    assert len(questions) == 3
    await refused(ProviderUnreachable, lost, attempts=3)


async def test_an_answer_that_is_cut_off_is_a_broken_connection():
    _, questions = await minted(Answer(body=token().body[:30], missing=100), token())
    assert len(questions) == 2


async def test_a_vault_that_is_not_there_is_told_quickly():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="no connection"):
            await provider_at(address).mint(login_of(), REQUEST)
    assert time.monotonic() - started < 3


async def test_a_vault_that_hangs_ends_with_the_timeout():
    with AnsweringServer(Answer(delay=30)) as server:
        started = time.monotonic()
        with pytest.raises(ProviderUnreachable, match="no answer"):
            await provider_at(server.address, timeout=0.5).mint(login_of(), REQUEST)
        assert time.monotonic() - started < 2
        assert len(server.questions) == 1


async def test_a_token_that_reaches_nobody_is_revoked():
    revoked = threading.Event()

    class Watching(AnsweringServer):
        def _next(self, question):
            if question.path == "/v1/auth/token/revoke-self":
                revoked.token = question.headers["X-Vault-Token"]
                revoked.set()
            return super()._next(question)

    with Watching(Answer(body=token().body, delay=0.3), NO_CONTENT) as server:
        launch = asyncio.ensure_future(provider_at(server.address).mint(login_of(), REQUEST))
        await asyncio.sleep(0.1)
        launch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await launch
        assert await asyncio.to_thread(revoked.wait, 3)
    assert revoked.token == TOKEN


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request():
    sticky = Answer(body=token().body, headers={"Set-Cookie": "who=alice; Path=/"})
    with AnsweringServer(sticky) as server:
        provider = provider_at(server.address)
        await provider.mint(login_of("alice"), REQUEST)
        await provider.mint(login_of("bob"), REQUEST)
        assert "Cookie" not in server.questions[1].headers


async def test_what_stands_in_netrc_is_not_sent(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login hub password of-the-hub\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with AnsweringServer(token()) as server:
        await provider_at(server.address).mint(login_of("alice"), REQUEST)

        assert "Authorization" not in server.questions[0].headers


@pytest.mark.parametrize("username", ["a/b", "..", "", "a\nb"])
async def test_a_user_name_that_is_no_folder_is_refused(username):
    with pytest.raises(ProviderMisconfigured, match=r"vault\.top_dir"):
        await provider_at("http://127.0.0.1:9").mint(login_of(username), REQUEST)


def test_the_provider_says_what_it_is():
    provider = provider_at("http://127.0.0.1:9", token="id_token", timeout=7)
    assert (provider.name, provider.label, provider.token, provider.timeout) == (
        "vault",
        "Vault",
        "id_token",
        7,
    )
