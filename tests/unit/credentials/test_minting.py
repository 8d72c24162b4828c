"""All credentials of one launch."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from onyxia_hub.catalogue.profile import CredentialWishes
from onyxia_hub.credentials.base import Credentials
from onyxia_hub.credentials.minting import mint
from onyxia_hub.errors import (
    CredentialError,
    LoginExpired,
    ProviderUnreachable,
    SecretUnusable,
    VaultSealed,
)
from tests.support.logins import login_of, texts_of

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SEALED = VaultSealed(endpoint="http://vault")
AWAY = ProviderUnreachable(provider="S3 storage", endpoint="http://s3", detail="no connection")


class Fake:
    """A provider that does what it is told."""

    token = "access_token"
    timeout = 5.0

    def __init__(self, name, *, error=None, env=None, files=None, life=3600, delay=0):
        self.name = name
        self.label = {"s3": "S3 storage", "vault": "Vault"}[name]
        self.error, self.delay = error, delay
        self.env = {f"{name.upper()}_KEY": "secret"} if env is None else env
        self.files = files or {}
        self.life = life
        self.requests = []
        self.revoked = []

    async def mint(self, identity, request):
        self.requests.append((identity, request))
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return Credentials(
            provider=self.name,
            minted_at=NOW,
            expires_at=NOW + timedelta(seconds=self.life),
            env=self.env,
            files=self.files,
        )

    async def revoke(self, env):
        self.revoked.append(dict(env))


async def launch(*providers, vault_secret=None, **wishes):
    return await mint(
        providers,
        login_of(),
        CredentialWishes(**wishes),
        directory="/var/run/onyxia",
        service="lab",
        vault_secret=vault_secret,
    )


async def test_everything_that_was_minted_comes_together():
    s3 = Fake("s3", files={"aws-config": "x"}, life=60)
    vault = Fake("vault", life=120)
    minted = await launch(s3, vault)
    assert minted.env == {"S3_KEY": "secret", "VAULT_KEY": "secret"}
    assert minted.files == {"aws-config": "x"}
    assert minted.expires_at == {
        "s3": NOW + timedelta(seconds=60),
        "vault": NOW + timedelta(seconds=120),
    }
    assert minted.missing == {}
    assert "secret" not in repr(minted)


async def test_each_provider_is_told_the_profiles_word():
    s3, vault = Fake("s3"), Fake("vault")
    await launch(s3, vault, s3="static", vault_secret="project/db")
    request = s3.requests[0][1]
    assert (request.mode, request.directory, request.service, request.vault_secret) == (
        "static",
        "/var/run/onyxia",
        "lab",
        None,
    )
    request = vault.requests[0][1]
    assert (request.mode, request.vault_secret) == ("on", "project/db")


async def test_providers_are_asked_at_once():
    both_asked = asyncio.Barrier(2)

    class Meeting(Fake):
        async def mint(self, identity, request):
            await both_asked.wait()
            return await super().mint(identity, request)

    minted = await asyncio.wait_for(launch(Meeting("s3"), Meeting("vault")), 2)
    assert set(minted.expires_at) == {"s3", "vault"}


async def test_what_the_profile_turns_off_is_not_asked():
    s3, vault = Fake("s3"), Fake("vault")
    minted = await launch(s3, vault, s3="off")
    assert s3.requests == []
    assert set(minted.expires_at) == {"vault"}
    assert minted.missing == {}


async def test_a_site_without_vault_launches_and_says_so():
    minted = await launch(Fake("s3"))
    assert set(minted.expires_at) == {"s3"}
    assert minted.missing == {
        "vault": "This platform has no Vault, so the service starts without it."
    }


async def test_an_optional_one_that_fails_is_missing_with_its_sentence():
    minted = await launch(Fake("s3"), Fake("vault", error=SEALED), optional={"vault"})
    assert set(minted.expires_at) == {"s3"}
    assert minted.missing == {"vault": SEALED.message}


async def test_a_required_one_that_fails_stops_the_launch_and_ends_the_others():
    vault = Fake("vault")
    with pytest.raises(ProviderUnreachable) as raised:
        await launch(Fake("s3", error=AWAY), vault, optional={"vault"})
    assert raised.value is AWAY
    assert vault.revoked == [vault.env]


async def test_the_others_are_waited_for_so_that_they_can_be_ended():
    vault = Fake("vault", delay=0.1)
    with pytest.raises(ProviderUnreachable):
        await launch(Fake("s3", error=AWAY), vault)
    assert vault.revoked == [vault.env]


async def test_an_ended_login_is_told_before_anything_else():
    with pytest.raises(LoginExpired):
        await launch(Fake("s3", error=AWAY), Fake("vault", error=LoginExpired()))


async def test_an_ended_login_does_not_stop_what_is_optional():
    ended = LoginExpired()
    minted = await launch(
        Fake("s3", error=ended), Fake("vault", error=ended), optional={"s3", "vault"}
    )
    assert minted.missing == {"s3": ended.message, "vault": ended.message}
    assert minted.env == {}


async def test_a_chosen_secret_that_is_of_no_use_is_told_even_if_vault_is_optional():
    error = SecretUnusable(path="db", problem="does not exist", fix="Create it.")
    s3 = Fake("s3")
    with pytest.raises(SecretUnusable):
        await launch(s3, Fake("vault", error=error), optional={"vault"}, vault_secret="db")
    assert s3.revoked == [s3.env]


@pytest.mark.parametrize("wishes", [{"vault": "off"}, {}])
async def test_a_secret_chosen_where_there_is_no_vault_is_told(wishes):
    s3 = Fake("s3")
    providers = [s3] if not wishes else [s3, Fake("vault")]
    with pytest.raises(SecretUnusable, match="no Vault access"):
        await launch(*providers, vault_secret="db", **wishes)
    assert s3.requests == []


async def test_an_unforeseen_failure_is_a_sentence_and_quotes_nothing(caplog):
    with pytest.raises(CredentialError) as raised:
        await launch(Fake("s3", error=KeyError("eyJ-a-token")), Fake("vault"))
    assert raised.value.message == "S3 storage gave no credentials."
    assert not any("eyJ-a-token" in text for text in texts_of(raised.value))
    assert "S3 storage failed with KeyError at " in caplog.text
    assert "test_minting.py:" in caplog.text
    assert "eyJ-a-token" not in caplog.text


async def test_a_cancelled_launch_ends_what_was_minted():
    vault = Fake("vault")
    task = asyncio.ensure_future(launch(Fake("s3", delay=30), vault))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert vault.revoked == [vault.env]
