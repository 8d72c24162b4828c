"""What is done with a Vault token: a chosen secret is read, and the token is revoked."""

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import ProviderMisconfigured, ProviderUnreachable, SecretUnusable
from onyxia_hub.settings import VaultSettings
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.logins import login_of
from tests.support.vault_answers import NO_CONTENT, TOKEN, refusal, secret, token

REVOKED = ("POST", "/v1/auth/token/revoke-self", TOKEN)


def provider_at(address, **changes):
    return VaultProvider(
        VaultSettings(**{"address": address, "role": "onyxia", "timeout": 2, **changes})
    )


async def read(*answers, path="project/my db", **changes):
    """Mint with a chosen secret; return the environment."""
    with AnsweringServer(token(), *answers) as server:
        request = CredentialRequest(mode="on", directory="/d", service="lab", vault_secret=path)
        try:
            credentials = await provider_at(server.address, **changes).mint(login_of(), request)
        finally:
            read.asked = [
                (question.method, question.path, question.headers.get("X-Vault-Token"))
                for question in server.questions
            ]
        return credentials.env


async def test_the_keys_of_the_chosen_secret_become_variables():
    env = await read(secret({"DB_PASSWORD": "x", "PORT": 5432}))
    assert env["DB_PASSWORD"] == "x"
    assert env["PORT"] == "5432"
    assert env["VAULT_RELATIVE_PATH"] == "project/my db"
    assert env["VAULT_TOKEN"] == TOKEN
    assert read.asked[1:] == [("GET", "/v1/secret/data/alice/project/my%20db", TOKEN)]


async def test_mount_and_top_directory_are_the_settings():
    await read(secret({}), kv_mount="/kv/onyxia/", top_dir="users/{username}/", path="db")
    assert read.asked[1][1] == "/v1/kv/onyxia/data/users/alice/db"


@pytest.mark.parametrize("path", ["../bob/db", "%2e%2e/bob/db"])
async def test_a_bad_path_is_refused_before_vault_is_asked(path):
    with pytest.raises(SecretUnusable):
        await read(secret({}), path=path)
    assert read.asked == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(404), "does not exist, or was deleted. Create it at secret/alice/project/my db"),
        (refusal(403, "permission denied"), "may not be read with your login"),
        (secret({"PATH": "/evil"}), "has the key “PATH”"),
        (secret({"a-b": "x"}), "has the key “a-b”"),
    ],
)
async def test_a_secret_that_is_of_no_use_is_told_and_the_token_revoked(answer, words):
    with pytest.raises(SecretUnusable) as raised:
        await read(answer, NO_CONTENT)
    assert words in raised.value.message
    assert read.asked[2:] == [REVOKED]


async def test_an_engine_of_version_1_names_the_setting():
    version_1 = Answer(body='{"data": {"DB_PASSWORD": "x"}}')
    with pytest.raises(ProviderMisconfigured, match=r"vault\.kv_mount"):
        await read(version_1, NO_CONTENT)
    assert read.asked[2:] == [REVOKED]


async def test_a_server_error_while_reading_is_forgiven_once():
    assert (await read(Answer(status=500), secret({"A": "1"})))["A"] == "1"
    with pytest.raises(ProviderUnreachable):
        await read(Answer(status=500), Answer(status=500), NO_CONTENT)
    assert read.asked[3:] == [REVOKED]


async def test_a_failed_revocation_does_not_hide_why_it_was_done(caplog):
    with pytest.raises(SecretUnusable):
        await read(refusal(404), refusal(503, "Vault is sealed"))
    assert "An unused Vault token was not revoked" in caplog.text
    assert TOKEN not in caplog.text


async def test_revoking_sends_the_token_alone():
    with AnsweringServer(NO_CONTENT) as server:
        await provider_at(server.address, namespace="team").revoke({"VAULT_TOKEN": TOKEN})
        question = server.questions[0]
        assert (question.method, question.path) == REVOKED[:2]
        assert question.headers["X-Vault-Token"] == TOKEN
        assert question.headers["X-Vault-Namespace"] == "team"
        assert TOKEN not in question.body


async def test_without_a_token_there_is_nothing_to_revoke():
    with AnsweringServer(NO_CONTENT) as server:
        await provider_at(server.address).revoke({"AWS_REGION": "x"})
        assert server.questions == []


async def test_a_token_that_has_ended_already_is_no_warning(caplog):
    with AnsweringServer(refusal(403, "permission denied")) as server:
        await provider_at(server.address).revoke({"VAULT_TOKEN": TOKEN})
        assert len(server.questions) == 1
    assert [r.levelname for r in caplog.records if "onyxia_hub" in r.name and r.levelno > 20] == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(503, "Vault is sealed"), "is sealed"),
        (Answer(status=500), "HTTP 500"),
        (Answer(status=0), "no connection"),
        (Answer(status=418), "HTTP 418"),
        (Answer(delay=30), "no answer"),
    ],
)
async def test_a_revocation_that_fails_is_logged_without_the_token_and_not_raised(
    answer, words, caplog
):
    with AnsweringServer(answer) as server:
        await provider_at(server.address, timeout=1).revoke({"VAULT_TOKEN": TOKEN})
    assert "A Vault token was not revoked" in caplog.text
    assert words in caplog.text
    assert TOKEN not in caplog.text


async def with_git(*answers, path=None):
    """Mint with what is kept for git; return the environment."""
    with AnsweringServer(token(), *answers) as server:
        request = CredentialRequest(
            mode="on", directory="/d", service="lab", vault_secret=path, git=True
        )
        try:
            return (await provider_at(server.address).mint(login_of(), request)).env
        finally:
            with_git.asked = [(question.method, question.path) for question in server.questions]


async def test_what_is_kept_for_git_is_read_with_the_new_token():
    env = await with_git(secret({"name": "Alice", "token": "pat", "server": "https://github.com"}))
    assert with_git.asked[1:] == [("GET", "/v1/secret/data/alice/.onyxia/git")]
    assert env["GIT_AUTHOR_NAME"] == "Alice"
    assert env["GIT_PERSONAL_ACCESS_TOKEN"] == "pat"
    assert env["ONYXIA_GIT_SERVER"] == "https://github.com"
    assert "GIT_USER_MAIL" not in env


@pytest.mark.parametrize("answer", [refusal(404), refusal(403, "permission denied"), secret({})])
async def test_nothing_kept_for_git_is_no_failure(answer):
    env = await with_git(answer)
    assert env["VAULT_TOKEN"] == TOKEN
    assert not [name for name in env if "GIT_" in name]


async def test_a_vault_that_is_away_at_git_is_away_and_the_token_revoked():
    with pytest.raises(ProviderUnreachable):
        await with_git(*[Answer(status=500)] * 3, NO_CONTENT)


async def test_keys_of_the_chosen_secret_win_over_what_is_kept_for_git():
    kept = {"name": "Alice", "token": "pat", "server": "https://github.com"}
    chosen = {"GIT_AUTHOR_NAME": "Robot", "GIT_PERSONAL_ACCESS_TOKEN": "of a robot"}
    env = await with_git(secret(chosen), secret(kept), path="robot")
    assert env["GIT_AUTHOR_NAME"] == "Robot"
    assert env["GIT_PERSONAL_ACCESS_TOKEN"] == "of a robot"
    assert "ONYXIA_GIT_SERVER" not in env
