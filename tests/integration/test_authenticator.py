"""The authenticator against a real provider: refreshes that neither race nor throw users out."""

from __future__ import annotations

import asyncio
import copy
import logging
import time

import pytest
from sqlalchemy.exc import OperationalError
from traitlets.config import Config

from onyxia_hub.authenticator import OnyxiaAuthenticator
from onyxia_hub.errors import (
    IdentityProviderAway,
    LoginExpired,
    LoginNotConfigured,
    LoginRefused,
)
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.identity_client import CALLBACK, RunningProvider
from tests.support.stored_user import StoredUser


def authenticator_for(issuer, secret="secret", **traits):
    settings = {
        "issuer": issuer,
        "client_id": "onyxia-hub",
        "client_secret": secret,
        "oauth_callback_url": CALLBACK,
        "username_claim": "preferred_username",
        "auth_state_groups_key": "oauth_user.groups",
        "manage_groups": True,
        "enable_auth_state": True,
        "allow_all": True,
        "provider_timeout": 2,
        **traits,
    }
    return OnyxiaAuthenticator(config=Config(OnyxiaAuthenticator=settings))


async def logged_in(authenticator, provider, name="alice"):
    await authenticator.discover()
    tokens = await asyncio.to_thread(provider.log_in, name)
    model = await authenticator._token_to_auth_model(tokens)
    return StoredUser(name, model["auth_state"])


@pytest.fixture(scope="module")
def provider(tmp_path_factory):
    with RunningProvider(tmp_path_factory.mktemp("idp") / "state") as process:
        yield process


@pytest.fixture(scope="module")
def hasty(tmp_path_factory):
    """A provider whose access tokens live two seconds."""
    folder = tmp_path_factory.mktemp("hasty") / "state"
    with RunningProvider(folder, "--access-token-life", "2") as process:
        yield process


async def test_a_login_carries_name_and_groups(provider):
    authenticator = authenticator_for(provider.issuer, provider.secret)
    user = await logged_in(authenticator, provider)

    model = await authenticator.refresh_user(user)

    assert model["name"] == "alice"
    assert model["groups"] == ["geo", "stats"]
    assert "auth_state" not in model


async def test_a_token_with_life_left_is_not_refreshed(provider):
    authenticator = authenticator_for(provider.issuer, provider.secret)
    user = await logged_in(authenticator, provider)
    before = copy.deepcopy(user.stored)

    await authenticator.refresh_user(user)

    assert user.stored["access_token"] == before["access_token"]
    assert user.stored["refresh_token"] == before["refresh_token"]


async def test_a_token_near_its_end_is_refreshed_before_anybody_gets_it(provider):
    # The provider's tokens live 300 s, so half of their life is the widest margin there is.
    authenticator = authenticator_for(provider.issuer, provider.secret, refresh_margin=3600)
    user = await logged_in(authenticator, provider)
    before = user.stored["access_token"]
    await authenticator.refresh_user(user)
    assert user.stored["access_token"] == before

    user.stored["token_response"]["obtained_at"] -= 200
    user.stored["access_token"] = "opaque"
    await authenticator.refresh_user(user)

    assert user.stored["access_token"].count(".") == 2


async def test_five_requests_at_once_spend_one_refresh_token(hasty):
    authenticator = authenticator_for(hasty.issuer, hasty.secret)
    user = await logged_in(authenticator, hasty)
    await asyncio.sleep(2.1)

    answers = await asyncio.gather(*(authenticator.refresh_user(user) for _ in range(5)))

    assert [answer is True for answer in answers].count(True) == 4
    assert user.saved == 1
    # The session lives on: a second use of a spent token would have ended it.
    await asyncio.sleep(2.1)
    assert (await authenticator.refresh_user(user))["name"] == "alice"


async def test_a_spent_refresh_token_asks_for_a_new_login(hasty):
    authenticator = authenticator_for(hasty.issuer, hasty.secret)
    user = await logged_in(authenticator, hasty)
    old = copy.deepcopy(user.stored)
    await asyncio.sleep(2.1)
    await authenticator.refresh_user(user)

    user.stored = old
    authenticator._refreshed_at.clear()

    assert await authenticator.refresh_user(user) is False


async def test_a_launch_gets_the_login_renewed_or_is_told_that_it_is_dead(hasty):
    authenticator = authenticator_for(hasty.issuer, hasty.secret)
    user = await logged_in(authenticator, hasty)
    old = copy.deepcopy(user.stored)
    await asyncio.sleep(2.1)

    renewed = await authenticator.renewed_auth_state(user)
    assert renewed["access_token"] != old["access_token"]
    assert renewed == user.stored

    user.stored = old
    authenticator._refreshed_at.clear()
    with pytest.raises(LoginExpired):
        await authenticator.renewed_auth_state(user)
    assert await authenticator.renewed_auth_state(StoredUser("carol", None)) is None


async def test_a_dead_login_does_not_meet_the_fault_of_jupyterhub_6_1_1(provider):
    # Its refresh_auth reads this attribute, which requests without a token do not have.
    class Request:
        pass

    request = Request()
    authenticator = authenticator_for(provider.issuer, provider.secret)

    assert await authenticator.refresh_user(StoredUser("alice", None), request) is False
    assert request._token_authenticated is False


async def test_a_user_without_auth_state_must_log_in(provider):
    authenticator = authenticator_for(provider.issuer, provider.secret)

    assert await authenticator.refresh_user(StoredUser("alice", None)) is False


async def test_leaving_the_allowed_groups_ends_the_login(provider):
    authenticator = authenticator_for(
        provider.issuer, provider.secret, allow_all=False, allowed_groups={"geo"}
    )
    alice = await logged_in(authenticator, provider, "alice")
    bob = await logged_in(authenticator, provider, "bob")

    assert (await authenticator.refresh_user(alice))["name"] == "alice"
    assert await authenticator.refresh_user(bob) is False


async def test_members_of_an_admin_group_are_admins(provider):
    authenticator = authenticator_for(provider.issuer, provider.secret, admin_groups={"admins"})

    admin = await authenticator.refresh_user(await logged_in(authenticator, provider, "admin"))
    alice = await authenticator.refresh_user(await logged_in(authenticator, provider, "alice"))

    assert admin["admin"] is True
    assert not alice["admin"]


async def test_while_the_provider_is_away_nobody_is_thrown_out(tmp_path):
    with RunningProvider(tmp_path / "idp") as provider:
        authenticator = authenticator_for(provider.issuer, provider.secret)
        user = await logged_in(authenticator, provider)
        before = copy.deepcopy(user.stored)

        provider.terminate()
        assert await authenticator.refresh_user(user) is True
        assert authenticator.provider_is_away

        provider.start()
        provider.freeze()
        began = time.monotonic()
        assert await authenticator.refresh_user(user) is True
        assert time.monotonic() - began < 10
        assert user.stored == before

        provider.kill()
        provider.start()
        assert (await authenticator.refresh_user(user))["name"] == "alice"
        assert not authenticator.provider_is_away


async def test_a_refresh_that_the_database_does_not_take_is_not_lost(hasty):
    authenticator = authenticator_for(hasty.issuer, hasty.secret)
    user = await logged_in(authenticator, hasty)
    await asyncio.sleep(2.1)
    spent = user.stored["refresh_token"]
    user.fails = OperationalError("UPDATE users", {}, Exception("database is locked"))
    with pytest.raises(OperationalError):
        await authenticator.refresh_user(user)
    assert user.stored["refresh_token"] == spent

    user.fails = None
    assert (await authenticator.refresh_user(user))["name"] == "alice"
    assert user.stored["refresh_token"] != spent


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (Answer(status=503, body="<html>busy</html>"), "HTTP 503"),
        (Answer(status=200, body="<html>hello</html>"), "not JSON"),
        (Answer(status=200, body='{"issuer": "http://other"}'), "another issuer"),
        (Answer(status=404, body="nothing"), "no discovery document, HTTP 404"),
        (Answer(status=0), "connection"),
        (Answer(delay=30), "no answer in time"),
    ],
)
async def test_a_provider_that_talks_nonsense_is_away_and_can_come_back(answer, detail):
    with AnsweringServer(answer) as server:
        authenticator = authenticator_for(server.address)

        with pytest.raises(IdentityProviderAway) as away:
            await authenticator.discover()

    assert detail in str(away.value)
    assert server.address in away.value.jupyterhub_message
    assert authenticator.endpoints is None


async def test_a_wrong_client_secret_is_the_administrators_affair(provider):
    authenticator = authenticator_for(provider.issuer, "wrong")
    tokens = await asyncio.to_thread(provider.log_in, "alice")

    with pytest.raises(LoginNotConfigured, match="invalid_client"):
        await authenticator.get_token_info(
            None, authenticator.build_refresh_token_request_params(tokens["refresh_token"])
        )


async def test_a_client_the_provider_no_longer_accepts_throws_nobody_out(hasty):
    authenticator = authenticator_for(hasty.issuer, hasty.secret)
    user = await logged_in(authenticator, hasty)
    authenticator.client_secret = "rotated by somebody"
    await asyncio.sleep(2.1)

    assert await authenticator.refresh_user(user) is True

    authenticator.client_secret = hasty.secret
    assert (await authenticator.refresh_user(user))["name"] == "alice"


async def test_a_code_that_means_nothing_is_refused_without_a_500(provider):
    authenticator = authenticator_for(provider.issuer, provider.secret)

    with pytest.raises(LoginRefused, match="invalid_grant") as refused:
        await authenticator.get_token_info(
            None,
            {
                "grant_type": "authorization_code",
                "code": "guessed",
                "redirect_uri": CALLBACK,
                "code_verifier": "x" * 43,
                "client_id": "onyxia-hub",
                "client_secret": provider.secret,
            },
        )

    assert refused.value.status_code == 403


DISCOVERY = (
    '{"issuer": "ADDRESS", "authorization_endpoint": "ADDRESS/a", "token_endpoint": "ADDRESS/t",'
    ' "userinfo_endpoint": "ADDRESS/u"}'
)


def scripted(*answers):
    """Return a provider that lets itself be discovered, then gives the answers."""
    server = AnsweringServer(Answer(), *answers)
    document = Answer(body=DISCOVERY.replace("ADDRESS", server.address))
    server._answers = [document, *answers]
    return server


LOGGED_IN = {
    "access_token": "opaque",
    "refresh_token": "refresh",
    "id_token": None,
    "token_response": {"access_token": "opaque", "token_type": "Bearer", "expires_in": 600},
}


def stored(*, minutes_ago):
    auth_state = copy.deepcopy(LOGGED_IN)
    auth_state["token_response"]["obtained_at"] = time.time() - minutes_ago * 60
    return StoredUser("alice", auth_state)


@pytest.mark.parametrize("status", [403, 404, 408, 429])
async def test_a_refresh_that_meets_a_rate_limit_throws_nobody_out(status):
    with scripted(Answer(status=status, body="slow down")) as server:
        user = stored(minutes_ago=60)

        assert await authenticator_for(server.address).refresh_user(user) is True

    assert user.stored["refresh_token"] == "refresh"


@pytest.mark.parametrize(
    "userinfo",
    [
        Answer(body="[]"),
        Answer(body='{"sub": "1"}'),
        Answer(body='{"preferred_username": 7}'),
        Answer(body='{"preferred_username": "alice", "groups": "stats"}'),
        Answer(status=404, body="{}"),
        Answer(status=429, body="{}"),
    ],
)
async def test_userinfo_that_makes_no_sense_changes_nothing(userinfo):
    with scripted(userinfo) as server:
        user = stored(minutes_ago=0)
        before = copy.deepcopy(user.stored)

        assert await authenticator_for(server.address).refresh_user(user) is True

    assert user.stored == before


async def test_a_rotated_refresh_token_is_kept_though_userinfo_fails_next():
    rotated = '{"access_token": "new", "refresh_token": "rotated", "token_type": "Bearer"}'
    with scripted(Answer(body=rotated), Answer(status=503)) as server:
        user = stored(minutes_ago=60)

        assert await authenticator_for(server.address).refresh_user(user) is True

    assert user.stored["refresh_token"] == "rotated"
    assert user.stored["token_response"]["refresh_token"] == "rotated"


@pytest.mark.parametrize(
    ("userinfo", "error"),
    [
        (Answer(body="[]"), IdentityProviderAway),
        (Answer(status=500), IdentityProviderAway),
        (Answer(status=401, body="{}"), LoginRefused),
    ],
)
async def test_a_login_with_senseless_userinfo_is_told_in_a_sentence(userinfo, error):
    with scripted(userinfo) as server:
        authenticator = authenticator_for(server.address)
        await authenticator.discover()

        with pytest.raises(error) as told:
            await authenticator._token_to_auth_model({"access_token": "x", "token_type": "Bearer"})

    assert told.value.jupyterhub_message


async def test_no_token_is_logged_or_told(hasty, caplog):
    caplog.set_level(logging.DEBUG)
    authenticator = authenticator_for(hasty.issuer, hasty.secret, log=logging.getLogger())
    user = await logged_in(authenticator, hasty)
    await asyncio.sleep(2.1)
    old = copy.deepcopy(user.stored)
    await authenticator.refresh_user(user)
    user.stored = old
    authenticator._refreshed_at.clear()
    await authenticator.refresh_user(user)

    for kind in ("access_token", "refresh_token", "id_token"):
        assert old[kind] not in caplog.text
    assert hasty.secret not in caplog.text
