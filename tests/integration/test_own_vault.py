"""Somebody's own directory in a real OpenBao, in the name of a real login."""

import asyncio
from types import SimpleNamespace

import pytest

from onyxia_hub.errors import (
    LoginExpired,
    NeverLoggedIn,
    NoVault,
    ProviderUnreachable,
    SecretChanged,
    SecretForbidden,
    SecretGone,
    SecretInvalid,
    SecretPathInvalid,
    SecretRefused,
    SecretTooLarge,
    VaultSealed,
)
from onyxia_hub.own_vault import OwnVault, end_own_access
from tests.support.own_login import OwnLogin, settings_with
from tests.support.vault_use import accessors

AUTHENTICATOR = SimpleNamespace()


def vault_of(platform, name, settings):
    return OwnVault(OwnLogin(platform, name), AUTHENTICATOR, settings)


@pytest.fixture
def settings(platform):
    return settings_with(platform.vault_settings())


@pytest.fixture
async def mine(platform, settings):
    """Alice's directory, empty."""
    vault = vault_of(platform, "alice", settings)
    await _empty(vault)
    return vault


async def _empty(vault, folder=""):
    for name in await vault.list(folder):
        if name.endswith("/"):
            await _empty(vault, folder + name)
        else:
            await vault.destroy(folder + name)


async def test_what_is_written_is_listed_and_read_with_its_version(mine):
    assert await mine.list() == ()
    values = {"PASSWORD": "päss\nwörd", "": "empty name", "n": 5432, "deep": {"a": [1, None]}}
    assert await mine.write("project/db", values, expected_version=0) == 1
    assert await mine.write("top", {}) == 1
    assert await mine.list() == ("project/", "top")
    assert await mine.list("project") == await mine.list("project/") == ("db",)
    found = await mine.read("project/db")
    assert found.values == values
    assert (found.version.number, found.version.deleted_at) == (1, None)
    assert (await mine.read("top")).values == {}
    assert "päss" not in repr(found)
    assert await mine.place("project/db") == ("secret", "alice/project/db")


@pytest.mark.parametrize("name", ["<b>'\"&#?%;", "a%252e", "a\\b", " a", "..a", "é ß", "a+b:c"])
async def test_any_printable_name_is_kept_as_it_is(mine, name):
    await mine.write(f"{name}/{name}", {name: name})
    assert await mine.list() == (f"{name}/",)
    assert await mine.list(name) == (name,)
    assert (await mine.read(f"{name}/{name}")).values == {name: name}


async def test_somebody_else_s_change_is_not_written_over(mine):
    await mine.write("db", {"a": "1"})
    await mine.write("db", {"a": "2"}, expected_version=1)
    with pytest.raises(SecretChanged, match="secret/alice/db has been changed since"):
        await mine.write("db", {"a": "3"}, expected_version=1)
    with pytest.raises(SecretChanged):
        await mine.write("db", {"a": "3"}, expected_version=0)
    with pytest.raises(SecretChanged):
        await mine.merge("db", {"a": "3"}, expected_version=1)
    assert (await mine.read("db")).values == {"a": "2"}


async def test_a_merge_leaves_other_keys_as_they_are(mine):
    await mine.write("db", {"keep": {"n": 1.5}, "change": "old", "drop": "x"})
    assert await mine.merge("db", {"change": "new"}, remove=["drop"], expected_version=1) == 2
    assert (await mine.read("db")).values == {"keep": {"n": 1.5}, "change": "new"}
    # A new one, and one of several at the same time: none is lost.
    await asyncio.gather(mine.merge("new", {"a": 1}), mine.merge("new", {"b": 2}))
    assert (await mine.read("new")).values == {"a": 1, "b": 2}
    await mine.delete("new")
    assert await mine.merge("new", {"c": 3}) == 3
    assert (await mine.read("new")).values == {"c": 3}


async def test_a_deleted_secret_comes_back_and_a_destroyed_one_does_not(mine):
    await mine.write("db", {"a": "1"})
    await mine.write("db", {"a": "2"})
    await mine.delete("db")
    with pytest.raises(SecretGone, match="secret/alice/db does not exist in Vault, or was deleted"):
        await mine.read("db")
    history = await mine.history("db")
    assert history.current == 2
    assert [bool(version.deleted_at) for version in history.versions] == [False, True]
    assert await mine.restore("db", 2) == 2
    assert (await mine.read("db")).values == {"a": "2"}
    await mine.destroy("db")
    with pytest.raises(SecretGone):
        await mine.history("db")
    assert await mine.list() == ()


async def test_an_older_version_becomes_the_newest(mine):
    for number in ("1", "2", "3"):
        await mine.write("db", {"a": number})
    with pytest.raises(SecretChanged):
        await mine.restore("db", 1, expected_version=2)
    assert await mine.restore("db", 1, expected_version=3) == 4
    assert (await mine.read("db")).values == {"a": "1"}
    assert (await mine.read("db", 2)).values == {"a": "2"}
    for version in (0, 9):
        with pytest.raises(SecretGone, match=f"Version {version} of secret/alice/db"):
            await mine.restore("db", version)
    with pytest.raises(SecretGone, match="Version 9 of secret/alice/db"):
        await mine.read("db", 9)


async def test_nobody_leaves_their_directory(platform, mine, settings):
    theirs = vault_of(platform, "bob", settings)
    await theirs.write("private", {"a": "b"})
    for path in (
        "../bob/private",
        "x/../../bob/private",
        "/bob",
        "",
        "a//b",
        "./a",
        "a\n",
        "x" * 401,
    ):
        for call in (mine.read, mine.history, mine.delete, mine.destroy):
            with pytest.raises(SecretPathInvalid, match="can't be the path of a secret"):
                await call(path)
        with pytest.raises(SecretPathInvalid):
            await mine.write(path, {})
    with pytest.raises(SecretPathInvalid):
        await mine.list("..")
    # The settings point everybody at bob's directory: Vault says no all the same.
    elsewhere = settings_with(platform.vault_settings(top_dir="bob"))
    mistaken = vault_of(platform, "alice", elsewhere)
    for call in (mistaken.list(), mistaken.read("private"), mistaken.write("private", {})):
        with pytest.raises(SecretForbidden, match=r"Your login may not .* secret/bob"):
            await call
    assert (await theirs.read("private")).values == {"a": "b"}


async def test_what_vault_can_t_keep_is_told(mine):
    with pytest.raises(SecretInvalid, match="values hold something that JSON does not have"):
        await mine.write("db", {"a": float("nan")})
    with pytest.raises(SecretTooLarge, match="secret/alice/db would be larger than Vault takes"):
        await mine.write("db", {"a": "x" * 3_000_000})
    assert await mine.list() == ()


async def test_what_vault_refuses_for_its_own_reason_is_told(own_vault, platform):
    vault = vault_of(platform, "alice", settings_with(own_vault.vault_settings()))
    own_vault.write("secret/config", {"cas_required": True})
    with pytest.raises(SecretRefused, match="check-and-set parameter required"):
        await vault.write("db", {"a": "1"})
    assert await vault.write("db", {"a": "1"}, expected_version=0) == 1


async def test_one_token_serves_until_it_is_revoked_and_is_made_anew(own_vault, platform):
    vault = vault_of(platform, "alice", settings_with(own_vault.vault_settings()))
    before = accessors(own_vault.address, own_vault.root_token)
    await asyncio.gather(*(vault.write(f"s{number}", {}) for number in range(5)))
    await vault.list()
    [made] = set(accessors(own_vault.address, own_vault.root_token)) - set(before)
    own_vault.write("auth/token/revoke-accessor", {"accessor": made})
    assert len(await vault.list()) == 5
    [new] = set(accessors(own_vault.address, own_vault.root_token)) - set(before)
    assert new != made


async def test_a_token_is_used_for_half_of_its_life(own_vault, platform):
    vault = vault_of(platform, "alice", settings_with(own_vault.vault_settings()))
    role = own_vault.servers.run(own_vault.openbao.api().read("auth/jwt/role/onyxia-user"))
    own_vault.write("auth/jwt/role/onyxia-user", {**role, "token_period": 4})
    before = set(accessors(own_vault.address, own_vault.root_token))
    await vault.list()
    first = set(accessors(own_vault.address, own_vault.root_token)) - before
    await asyncio.sleep(2.2)
    await vault.list()
    both = set(accessors(own_vault.address, own_vault.root_token)) - before
    assert (len(first), len(both)) == (1, 2)


async def test_the_token_ends_with_the_access_that_was_revoked(own_vault, platform):
    settings = settings_with(own_vault.vault_settings())
    vault = vault_of(platform, "alice", settings)
    before = accessors(own_vault.address, own_vault.root_token)
    await vault.list()
    await end_own_access("alice", settings)
    assert accessors(own_vault.address, own_vault.root_token) == before
    # For somebody without a token there is nothing to do, nor without Vault.
    await end_own_access("bob", settings)
    await end_own_access("alice", settings_with(None))


async def test_a_vault_that_is_sealed_or_away_is_told(own_vault, platform):
    vault = vault_of(platform, "alice", settings_with(own_vault.vault_settings(timeout=2)))
    await vault.list()
    own_vault.seal()
    with pytest.raises(VaultSealed):
        await vault.list()
    own_vault.stop()
    with pytest.raises(ProviderUnreachable):
        await vault.read("db")
    with pytest.raises(ProviderUnreachable):
        await vault.write("db", {})


async def test_without_vault_or_login_it_says_so(platform, settings):
    with pytest.raises(NoVault, match="This platform has no Vault"):
        await vault_of(platform, "alice", settings_with(None)).list()
    stranger = OwnLogin(platform, "admin")
    stranger.auth_state = None
    with pytest.raises(NeverLoggedIn):
        await OwnVault(stranger, AUTHENTICATOR, settings).list()
    stranger.auth_state = platform.tokens("admin", lifetime=-10)
    with pytest.raises(LoginExpired):
        await OwnVault(stranger, AUTHENTICATOR, settings).list()
