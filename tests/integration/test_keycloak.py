"""The hub's login and exchanges with a real Keycloak, whose refresh tokens are good for one use."""

from __future__ import annotations

import asyncio
import copy
from datetime import timedelta

import pytest
from traitlets.config import Config

from onyxia_hub.authenticator import OnyxiaAuthenticator
from onyxia_hub.credentials.base import CredentialRequest, Identity
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.errors import LoginExpired
from onyxia_hub.oidc import claims_of
from onyxia_hub.settings import OidcSettings, S3Settings, VaultSettings
from tests.cluster.neighbours import settings_for_hub
from tests.cluster.neighbours.browser import KeycloakBrowser
from tests.cluster.neighbours.keycloak_admin import KeycloakAdmin
from tests.support.minted import client_of, refusal_of
from tests.support.stored_user import StoredUser
from tests.support.vault_use import accessors, read, status_of, write


class AgeingUser(StoredUser):
    """A stored login that tests make older."""

    def let_the_access_token_age(self):
        """Make 280 of its 300 seconds pass."""
        self.stored["token_response"]["obtained_at"] -= 280
        self.stored["access_token"] = "opaque"


@pytest.fixture
def settings(facts):
    return settings_for_hub(client_secret_file=facts.client_secret_file, facts=facts)


@pytest.fixture
def authenticator(facts, settings):
    oidc = OidcSettings(**settings["oidc"])
    traits = {
        "issuer": oidc.issuer,
        "client_id": oidc.client_id,
        "client_secret": facts.secret("client_secret_file"),
        "oauth_callback_url": facts.redirect_uri,
        "username_claim": oidc.username_claim,
        "auth_state_groups_key": f"oauth_user.{oidc.groups_claim}",
        "admin_groups": set(oidc.admin_groups),
        "manage_groups": True,
        "enable_auth_state": True,
        "allow_all": True,
        "provider_timeout": 30,
    }
    return OnyxiaAuthenticator(config=Config(OnyxiaAuthenticator=traits))


@pytest.fixture
def log_in(facts, authenticator):
    async def log_in(name="alice"):
        await authenticator.discover()
        tokens = await asyncio.to_thread(KeycloakBrowser(facts).tokens, name)
        model = await authenticator._token_to_auth_model(tokens)
        return AgeingUser(name, model["auth_state"])

    return log_in


@pytest.fixture
def identity(facts):
    def identity(name):
        tokens = KeycloakBrowser(facts).tokens(name)
        claims = {"preferred_username": name}
        return Identity(username=name, groups=(), claims=claims, tokens=tokens)

    return identity


async def test_a_login_carries_name_groups_and_rights(authenticator, log_in):
    alice = await authenticator.refresh_user(await log_in("alice"))
    admin = await authenticator.refresh_user(await log_in("admin"))

    assert (alice["name"], sorted(alice["groups"])) == ("alice", ["geo", "stats"])
    assert not alice["admin"]
    assert (admin["name"], admin["admin"]) == ("admin", True)


def test_the_access_token_is_meant_for_the_two_servers_that_exchange_it(facts):
    claims = claims_of(KeycloakBrowser(facts).tokens("bob")["access_token"])

    assert {"s3", "vault"} <= set(claims["aud"])
    assert claims["azp"] == facts.client_id
    assert claims["groups"] == ["stats"]
    assert claims["exp"] - claims["iat"] == 300


def test_a_login_without_pkce_or_with_a_wrong_password_gets_no_code(facts):
    browser = KeycloakBrowser(facts)
    refused = browser.returned(browser.authorize(code_challenge="", code_challenge_method=""))
    assert refused["error"] == "invalid_request"
    assert "code" not in refused

    page = KeycloakBrowser(facts).log_in("alice", "guessed")
    assert page.status_code == 200
    assert "Invalid username or password" in page.text


async def test_five_requests_at_once_spend_one_refresh_token(authenticator, log_in):
    user = await log_in()
    before = user.stored["refresh_token"]
    user.let_the_access_token_age()

    answers = await asyncio.gather(*(authenticator.refresh_user(user) for _ in range(5)))

    assert [answer is True for answer in answers].count(True) == 4
    assert user.saved == 1
    assert user.stored["refresh_token"] != before
    # The session lives on: a second use of a spent token would have ended it.
    user.let_the_access_token_age()
    assert (await authenticator.refresh_user(user))["name"] == "alice"


async def test_a_refresh_token_used_twice_asks_for_a_new_login(authenticator, log_in):
    user = await log_in()
    user.let_the_access_token_age()
    old = copy.deepcopy(user.stored)
    await authenticator.refresh_user(user)

    user.stored = old
    authenticator._refreshed_at.clear()

    assert await authenticator.refresh_user(user) is False


async def test_a_launch_in_a_session_that_an_administrator_ended_asks_for_a_login(
    facts, authenticator, log_in
):
    user = await log_in("bob")
    assert (await authenticator.renewed_auth_state(user))["refresh_token"]
    admin = KeycloakAdmin(
        address=facts.keycloak, password=facts.secret("keycloak_admin_password_file")
    )

    await asyncio.to_thread(admin.end_sessions, facts.realm, "bob")
    authenticator._refreshed_at.clear()

    with pytest.raises(LoginExpired):
        await authenticator.renewed_auth_state(user)


async def test_an_access_token_gives_the_own_bucket_and_no_other(settings, identity):
    provider = S3Provider(S3Settings(**settings["s3"]))
    request = CredentialRequest(mode="static", directory="/d", service="lab")
    minted = {name: await provider.mint(identity(name), request) for name in ("alice", "bob")}
    # Longer than the token's own 300 s, as the settings ask.
    assert minted["bob"].expires_at - minted["bob"].minted_at > timedelta(hours=11)
    alice, bob = client_of(minted["alice"]), client_of(minted["bob"])

    alice.put_object(Bucket="user-alice", Key="keycloak.txt", Body=b"mine")
    read_back = alice.get_object(Bucket="user-alice", Key="keycloak.txt")["Body"].read()

    assert read_back == b"mine"
    other = {"Bucket": "user-alice", "Key": "keycloak.txt"}
    assert refusal_of(bob.get_object, **other) == "AccessDenied"
    assert refusal_of(bob.put_object, **other, Body=b"his") == "AccessDenied"
    assert refusal_of(bob.list_objects_v2, Bucket="user-alice") == "AccessDenied"


async def test_an_access_token_gives_the_own_secrets_and_no_others(facts, settings, identity):
    provider = VaultProvider(VaultSettings(**settings["vault"]))
    request = CredentialRequest(mode="on", directory="/d", service="lab")
    root = facts.secret("vault_root_token_file")
    before = set(accessors(facts.vault_address, root))
    alice = (await provider.mint(identity("alice"), request)).env
    bob = (await provider.mint(identity("bob"), request)).env
    assert len(set(accessors(facts.vault_address, root)) - before) == 2

    assert write(alice, "alice/keycloak", {"K": "mine"}) == 200
    assert read(alice, "alice/keycloak").json()["data"]["data"] == {"K": "mine"}
    assert read(bob, "alice/keycloak").status_code == 403
    assert write(bob, "alice/keycloak", {"K": "his"}) == 403

    for env in (alice, bob):
        assert status_of(env, "POST", "auth/token/revoke-self") == 204
    assert not set(accessors(facts.vault_address, root)) - before
