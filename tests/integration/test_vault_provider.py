"""Vault tokens from a real OpenBao against a real login."""

import asyncio
import logging
import time
from datetime import timedelta

import pytest

from onyxia_hub.credentials.base import CredentialRequest, Identity
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.demo.parts.openbao import JWT_MOUNT, ROLE
from onyxia_hub.errors import (
    ClockSkew,
    LaunchError,
    LoginExpired,
    ProviderMisconfigured,
    ProviderUnreachable,
    SecretUnusable,
    TokenRefused,
    VaultSealed,
    WrongAudience,
)
from tests.support.door import Door
from tests.support.logins import texts_of
from tests.support.minted import identity_of
from tests.support.vault_use import accessors, lookup, read, status_of, tampered, write

REQUEST = CredentialRequest(mode="on", directory="/d", service="lab")


def choosing(path):
    return CredentialRequest(mode="on", directory="/d", service="lab", vault_secret=path)


async def minted(settings, identity, request=REQUEST):
    return (await VaultProvider(settings).mint(identity, request)).env


async def refused(kind, settings, identity, request=REQUEST):
    with pytest.raises(kind) as raised:
        await VaultProvider(settings).mint(identity, request)
    return raised.value


def with_token(token):
    return Identity(username="alice", groups=(), claims={}, tokens={"access_token": token})


def relayed(platform, relay):
    return platform.vault_settings().model_copy(update={"address": relay.address})


async def test_a_real_login_gives_access_to_ones_own_secrets(platform):
    login = platform.login("alice", "alice")
    env = await minted(platform.vault_settings(), with_token(login["access_token"]))
    assert write(env, "alice/real", {"K": "v"}) == 200
    assert read(env, "alice/real").json()["data"]["data"] == {"K": "v"}


@pytest.mark.parametrize(("own", "other"), [("alice", "bob"), ("bob", "alice")])
async def test_nobody_reaches_the_secrets_of_another(platform, own, other):
    theirs = await minted(platform.vault_settings(), identity_of(platform, other))
    assert write(theirs, f"{other}/private", {"K": "secret"}) == 200
    env = await minted(platform.vault_settings(), identity_of(platform, own))
    statuses = {
        "read": read(env, f"{other}/private").status_code,
        "write": write(env, f"{other}/private", {"K": "x"}),
        "neighbour": write(env, f"{own}x/private", {"K": "x"}),
        "list": status_of(env, "LIST", f"secret/metadata/{other}"),
    }
    assert statuses == dict.fromkeys(statuses, 403)
    assert read(theirs, f"{other}/private").json()["data"]["data"] == {"K": "secret"}


async def test_the_chosen_secret_of_another_is_refused_and_leaves_no_token(own_vault, platform):
    provider = platform
    theirs = await minted(own_vault.vault_settings(), identity_of(provider, "bob"))
    write(theirs, "bob/private", {"K": "secret"})
    before = accessors(own_vault.address, own_vault.root_token)
    # The settings point everybody at bob's folder: Vault says no all the same.
    settings = own_vault.vault_settings(top_dir="bob")
    error = await refused(
        SecretUnusable, settings, identity_of(provider, "alice"), choosing("private")
    )
    assert "may not be read with your login" in error.message
    assert accessors(own_vault.address, own_vault.root_token) == before


async def test_the_token_is_renewable_and_its_end_is_told(platform):
    provider = VaultProvider(platform.vault_settings())
    credentials = await provider.mint(identity_of(platform, "alice"), REQUEST)
    found = lookup(credentials.env).json()["data"]
    assert found["renewable"] is True
    assert found["period"] > 0
    life = credentials.expires_at - credentials.minted_at
    assert abs(life - timedelta(seconds=found["ttl"])) < timedelta(seconds=5)


async def test_a_token_ends_by_itself(own_vault, platform):
    own_vault.write(
        f"auth/{JWT_MOUNT}/role/short",
        {
            "role_type": "jwt",
            "user_claim": "preferred_username",
            "bound_audiences": ["vault"],
            "token_ttl": 2,
            "token_max_ttl": 2,
        },
    )
    provider = VaultProvider(own_vault.vault_settings(role="short"))
    credentials = await provider.mint(identity_of(platform.identity, "alice"), REQUEST)
    assert credentials.expires_at - credentials.minted_at == timedelta(seconds=2)
    assert lookup(credentials.env).status_code == 200
    await asyncio.sleep(3)
    assert lookup(credentials.env).status_code == 403


async def test_the_keys_of_the_chosen_secret_arrive(platform):
    alice = identity_of(platform, "alice")
    env = await minted(platform.vault_settings(), alice)
    content = {
        "DB_PASSWORD": "pässword 'with' \"quotes\"\nand lines",
        "DB_PORT": 5432,
        "DEBUG": True,
        "HOSTS": ["a", "b"],
        ".onyxia.keysOrdering": ["DB_PORT", "DB_PASSWORD"],
    }
    write(env, "alice/project/my db", content)
    env = await minted(platform.vault_settings(), alice, choosing("project/my db"))
    assert env["DB_PASSWORD"] == content["DB_PASSWORD"]
    assert (env["DB_PORT"], env["DEBUG"], env["HOSTS"]) == ("5432", "true", '["a","b"]')
    assert ".onyxia.keysOrdering" not in env
    assert env["VAULT_RELATIVE_PATH"] == "project/my db"
    # What Onyxia's own init script does with these variables.
    onyxia = f"{env['VAULT_TOP_DIR']}/{env['VAULT_RELATIVE_PATH']}"
    assert read(env, onyxia).json()["data"]["data"] == content


async def test_a_secret_that_is_not_there_or_was_deleted_is_told(platform):
    alice = identity_of(platform, "alice")
    settings = platform.vault_settings()
    error = await refused(SecretUnusable, settings, alice, choosing("no/such"))
    assert "Create it at secret/alice/no/such in Vault" in error.message
    env = await minted(settings, alice)
    write(env, "alice/gone", {"K": "v"})
    assert status_of(env, "DELETE", "secret/data/alice/gone") == 204
    await refused(SecretUnusable, settings, alice, choosing("gone"))


async def test_a_key_of_the_hubs_own_is_refused(platform):
    alice = identity_of(platform, "alice")
    env = await minted(platform.vault_settings(), alice)
    write(env, "alice/evil", {"LD_PRELOAD": "/evil.so"})
    error = await refused(SecretUnusable, platform.vault_settings(), alice, choosing("evil"))
    assert "“LD_PRELOAD”" in error.message


async def test_revoking_ends_the_token_and_no_other(platform):
    provider = VaultProvider(platform.vault_settings())
    alice = identity_of(platform, "alice")
    first, second = [(await provider.mint(alice, REQUEST)).env for _ in range(2)]
    await provider.revoke(first)
    assert lookup(first).status_code == 403
    assert lookup(second).status_code == 200
    await provider.revoke(first)
    await provider.revoke(second)
    assert lookup(second).status_code == 403


async def test_a_token_for_somebody_else_is_refused(platform):
    alice = identity_of(platform, "alice", audience=("s3",))
    error = await refused(WrongAudience, platform.vault_settings(), alice)
    assert platform.vault_address in error.message
    await refused(WrongAudience, platform.vault_settings(token="id_token"), alice)


async def test_a_tampered_token_is_refused(platform):
    token = tampered(platform.tokens("alice")["access_token"])
    error = await refused(TokenRefused, platform.vault_settings(), with_token(token))
    assert "signature" in error.message


async def test_a_token_of_another_issuer_is_refused(platform):
    alice = identity_of(platform, "alice", issuer="http://127.0.0.1:9/evil")
    error = await refused(TokenRefused, platform.vault_settings(), alice)
    assert "does not trust the issuer" in error.message


async def test_an_ended_token_is_a_login_to_repeat(platform):
    alice = identity_of(platform, "alice", issued_at=int(time.time()) - 400)
    await refused(LoginExpired, platform.vault_settings(), alice)


async def test_a_token_from_the_future_is_a_matter_of_clocks(platform):
    alice = identity_of(platform, "alice", issued_at=int(time.time()) + 3600)
    error = await refused(ClockSkew, platform.vault_settings(), alice)
    assert "not yet valid" in error.message


async def test_a_vault_whose_clock_is_ahead_is_told_as_such(platform, monkeypatch):
    alice = identity_of(platform, "alice", issued_at=int(time.time()) - 3600)
    # The hub's clock is an hour behind: to it the token is still good.
    late = time.time
    monkeypatch.setattr("onyxia_hub.credentials.login_token.time.time", lambda: late() - 3600)
    error = await refused(ClockSkew, platform.vault_settings(), alice)
    assert "already expired" in error.message


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"role": "nobody"}, "vault.role"),
        ({"auth_mount": "nowhere"}, "vault.auth_mount"),
        ({"namespace": "nowhere"}, "vault.namespace"),
    ],
)
async def test_what_vault_does_not_know_names_the_setting(platform, changes, setting):
    alice = identity_of(platform, "alice")
    settings = platform.vault_settings(**changes)
    error = await refused(ProviderMisconfigured, settings, alice)
    assert setting in error.message


async def test_an_address_with_something_else_names_the_setting(platform):
    alice = identity_of(platform, "alice")
    settings = platform.vault_settings().model_copy(update={"address": platform.issuer})
    error = await refused(ProviderMisconfigured, settings, alice)
    assert "vault.address" in error.message


async def test_a_sealed_vault_is_told_as_such(own_vault, platform, caplog):
    alice = identity_of(platform.identity, "alice")
    provider = VaultProvider(own_vault.vault_settings())
    env = (await provider.mint(alice, REQUEST)).env
    own_vault.seal()
    with pytest.raises(VaultSealed) as raised:
        await provider.mint(alice, REQUEST)
    assert own_vault.address in raised.value.message
    await provider.revoke(env)
    assert "was not revoked" in caplog.text
    assert env["VAULT_TOKEN"] not in caplog.text


async def test_a_vault_that_has_stopped_is_told_quickly(own_vault, platform):
    alice = identity_of(platform.identity, "alice")
    own_vault.stop()
    started = time.monotonic()
    await refused(ProviderUnreachable, own_vault.vault_settings(), alice)
    assert time.monotonic() - started < 3


async def test_a_vault_that_comes_back_needs_nothing(platform):
    alice = identity_of(platform, "alice")
    with Door(platform.vault_address) as relay:
        provider = VaultProvider(relayed(platform, relay))
        await provider.mint(alice, REQUEST)
        relay.mode = "cut"
        with pytest.raises(ProviderUnreachable, match="no connection"):
            await provider.mint(alice, REQUEST)
        relay.mode = "open"
        env = (await provider.mint(alice, REQUEST)).env
        assert lookup(env).status_code == 200


async def test_no_failure_tells_the_token(platform, caplog):
    caplog.set_level(logging.DEBUG)
    good = platform.tokens("alice")["access_token"]
    tries = [
        (with_token(tampered(good)), {}, REQUEST),
        (identity_of(platform, "alice", audience=("x",)), {}, REQUEST),
        (identity_of(platform, "alice", issuer="http://127.0.0.1:9/evil"), {}, REQUEST),
        (with_token(good), {"role": "nobody"}, REQUEST),
        (with_token(good), {"auth_mount": "nowhere"}, REQUEST),
        (with_token(good), {}, choosing("no/such")),
    ]
    for identity, changes, request in tries:
        settings = platform.vault_settings(**changes)
        error = await refused(LaunchError, settings, identity, request)
        token = identity.tokens["access_token"]
        for piece in (token, *(part[:24] for part in token.split(".")[1:])):
            assert not any(piece in text for text in texts_of(error))
            assert piece not in caplog.text


async def test_the_role_of_the_demo_is_the_one_asked_for(platform):
    env = await minted(platform.vault_settings(), identity_of(platform, "alice"))
    assert lookup(env).json()["data"]["meta"]["role"] == ROLE
