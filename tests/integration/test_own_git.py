"""What somebody keeps for git, in a real OpenBao, in the name of a real login."""

from __future__ import annotations

import pytest

from onyxia_hub.credentials.base import CredentialRequest
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import SecretGone, SecretInvalid
from onyxia_hub.manifests.git import GIT_SECRET, GitIdentity
from onyxia_hub.own_vault import KeptForGit, OwnVault
from tests.support.minted import identity_of
from tests.support.own_login import OwnLogin, settings_with

TOKEN = "pat-of-alice"


@pytest.fixture
def vault(platform):
    settings = settings_with(platform.vault_settings())
    return OwnVault(OwnLogin(platform, "alice"), object(), settings)


@pytest.fixture
async def kept(vault):
    made = KeptForGit(vault, default_server="https://git.example.org")
    await made.forget()
    return made


async def in_a_service(platform):
    request = CredentialRequest(mode="on", directory="/d", service="lab", git=True)
    provider = VaultProvider(platform.vault_settings())
    env = (await provider.mint(identity_of(platform, "alice"), request)).env
    return {name: value for name, value in env.items() if "GIT_" in name}


async def test_what_is_kept_is_what_the_next_service_gets(kept, platform):
    assert await kept.read() == GitIdentity()
    assert await in_a_service(platform) == {}
    made = await kept.change({"name": " Alice ", "email": "a@example.org", "token": TOKEN})
    assert made == await kept.read()
    assert (made.name, made.server, made.token) == ("Alice", "https://git.example.org", TOKEN)
    assert made.token_since is not None
    env = await in_a_service(platform)
    assert env["GIT_COMMITTER_NAME"] == "Alice"
    assert env["GIT_PERSONAL_ACCESS_TOKEN"] == TOKEN
    assert env["ONYXIA_GIT_SERVER"] == "https://git.example.org"
    await kept.forget()
    assert await in_a_service(platform) == {}


async def test_what_is_not_named_stays(kept):
    await kept.change({"name": "Alice", "token": TOKEN, "server": "github.com"})
    before = await kept.read()
    made = await kept.change({"email": "a@example.org", "name": None})
    assert (made.name, made.email) == (None, "a@example.org")
    assert (made.token, made.server, made.token_since) == (
        TOKEN,
        "https://github.com",
        before.token_since,
    )
    assert made == await kept.read()


@pytest.mark.parametrize("change", [{"token": "the-next"}, {"token": None}, {"token": ""}])
async def test_a_token_that_was_replaced_or_removed_is_in_no_version(kept, vault, change):
    await kept.change({"name": "Alice", "token": TOKEN})
    await kept.change({"email": "a@example.org"})
    made = await kept.change(change)
    assert (made.name, made.email, made.token) == (
        *("Alice", "a@example.org"),
        change["token"] or None,
    )
    if not change["token"]:
        assert (made.server, made.token_since) == (None, None)
    history = await vault.history(GIT_SECRET)
    assert [version.number for version in history.versions] == [1]
    assert TOKEN not in (await vault.read(GIT_SECRET)).values.values()


async def test_removing_all_that_there_is_leaves_no_secret(kept, vault):
    await kept.change({"token": TOKEN})
    await kept.change({"token": None})
    with pytest.raises(SecretGone):
        await vault.history(GIT_SECRET)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "a\nb"}, "the name holds a character"),
        ({"email": "alice"}, "the e-mail address is no e-mail address"),
        ({"token": "two words"}, "the token holds a space"),
        ({"token": TOKEN, "server": "http://git.example.org"}, "is no address of a git server"),
        ({"server": "https://evil.org"}, "can't be changed without its token"),
        ({"server": "https://evil.org", "token": ""}, "can't be changed without its token"),
    ],
)
async def test_what_can_not_be_taken_is_said_and_nothing_changes(kept, change, words):
    await kept.change({"name": "Alice", "token": TOKEN})
    before = await kept.read()
    with pytest.raises(SecretInvalid) as raised:
        await kept.change(change)
    assert words in raised.value.message
    assert "two words" not in raised.value.message
    assert await kept.read() == before
