"""What the gateway remembers of the hub's answers, and what it does without them."""

import asyncio
import time

import aiohttp
import pytest

from onyxia_hub.gateway import hub_auth
from onyxia_hub.gateway.exchanges import Caller, OpenExchanges
from onyxia_hub.gateway.hub_auth import GatewayAuth, HubAway, Person
from onyxia_hub.gateway.hub_facts import HubFacts
from tests.support.hub_user_api import HubUserApi

ACCESS = "access:servers!server=alice/x"


@pytest.fixture
async def hub():
    async with HubUserApi() as running:
        running.knows("of-alice", "alice", "access:servers!user=alice")
        running.knows("of-bob", "bob", "access:servers!user=bob")
        yield running


@pytest.fixture
async def auth(hub):
    facts = HubFacts(
        api_url=hub.url,
        api_token="of-the-service",
        prefix="/user/alice/x/",
        client_id="jupyterhub-user-alice-x",
        access_scopes=frozenset({ACCESS}),
        user="alice",
        server_name="x",
        activity_url="",
    )
    async with aiohttp.ClientSession() as session:
        yield GatewayAuth(facts=facts, session=session)


@pytest.fixture
def later(monkeypatch):
    """Move the gateway's clock."""
    start, moved = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: start() + moved[0])

    def move(seconds):
        moved[0] += seconds

    return move


async def test_the_hub_says_who_may(auth):
    assert await auth.person("of-alice") == Person("alice", allowed=True)
    assert await auth.person("of-bob") == Person("bob", allowed=False)
    assert await auth.person("of-nobody") is None


async def test_the_hub_is_asked_once_for_many_requests_at_a_time(hub, auth):
    found = await asyncio.gather(*(auth.person("of-alice") for _ in range(20)))
    assert found == [Person("alice", allowed=True)] * 20
    await auth.person("of-alice")
    assert hub.asked == ["of-alice"]


async def test_sessions_are_told_apart_as_a_logout_ends_one(hub, auth):
    await auth.person("of-alice", session="one")
    await auth.person("of-alice", session="two")
    assert len(hub.asked) == 2


async def test_a_right_that_was_taken_back_ends_with_the_cache(hub, auth, later):
    await auth.person("of-alice")
    del hub.people["of-alice"]
    assert await auth.person("of-alice")
    assert await auth.person("of-alice", fresh=True) is None
    assert await auth.person("of-alice") is None

    hub.knows("of-alice", "alice", ACCESS)
    later(hub_auth._REFUSED_AGE + 1)
    assert await auth.person("of-alice")
    del hub.people["of-alice"]
    later(hub_auth.CACHE_AGE + 1)
    assert await auth.person("of-alice") is None
    assert hub_auth.CACHE_AGE <= 30


async def test_a_guest_gets_in_soon_after_a_service_is_shared(hub, auth, later):
    assert not (await auth.person("of-bob")).allowed
    hub.knows("of-bob", "bob", ACCESS)
    later(hub_auth._REFUSED_AGE + 1)
    assert (await auth.person("of-bob")).allowed


async def test_an_answer_is_renewed_before_it_is_too_old_and_nobody_waits(hub, auth, later):
    await auth.person("of-alice")
    later(hub_auth._REFRESH_AGE + 1)
    assert await auth.person("of-alice")
    assert len(hub.asked) == 1
    await asyncio.gather(*auth._asking.values())
    assert len(hub.asked) == 2
    later(hub_auth._REFRESH_AGE - 1)
    assert await auth.person("of-alice")
    assert len(hub.asked) == 2


@pytest.mark.parametrize("status", [500, 502, 404, 302])
async def test_without_the_hub_who_was_in_stays_in_for_a_while(hub, auth, later, status):
    await auth.person("of-alice")
    hub.status = status
    later(hub_auth.CACHE_AGE + 1)
    assert await auth.person("of-alice") == Person("alice", allowed=True)
    with pytest.raises(HubAway):
        await auth.person("of-bob")
    asked = len(hub.asked)
    await auth.person("of-alice")
    assert len(hub.asked) == asked, "it is left alone for a moment"
    later(hub_auth._WITHOUT_HUB)
    with pytest.raises(HubAway):
        await auth.person("of-alice")
    hub.status = 200
    later(hub_auth._PAUSE + 1)
    assert await auth.person("of-alice")


async def test_no_more_is_kept_than_a_thousand_answers(auth):
    for start in range(0, 1100, 100):
        await asyncio.gather(*(auth.person(f"unknown-{start + each}") for each in range(100)))
    assert len(auth._answers) == 1000


async def test_nothing_of_a_token_is_kept_or_shown(auth):
    await auth.person("of-alice", session="its-session")
    assert "of-alice" not in repr(auth._answers) + repr(auth)
    caller = Caller(name="alice", token="of-alice", session="its-session", by_cookie=True)
    assert repr(caller) == "Caller(name='alice', by_cookie=True)"


async def test_cookies_outlive_a_restart_and_differ_between_services(auth):
    secret = auth.cookie_secret()
    assert secret == auth.cookie_secret()
    assert len(secret) == 32
    auth.api_token = "of-another-service"
    assert auth.cookie_secret() != secret


async def test_open_exchanges_are_cut_when_the_right_has_ended(hub, auth):
    cut = []
    exchanges = OpenExchanges(auth=auth, recheck=0.05)
    alice, bob = (
        Caller(name=name, token=f"of-{name}", by_cookie=False) for name in ("alice", "bob")
    )
    hub.knows("of-bob", "bob", ACCESS)
    for caller in (alice, bob, bob):
        exchanges.add(caller, lambda code, name=caller.name: cut.append((name, code)))
    checking = asyncio.create_task(exchanges.recheck_forever())
    await asyncio.sleep(0.3)
    assert cut == []
    hub.status = 503
    del hub.people["of-bob"]
    await asyncio.sleep(0.3)
    assert cut == [], "nobody takes rights back at a hub that is away"
    hub.status = 200
    auth._away_since = float("-inf")
    await asyncio.sleep(0.3)
    assert set(cut) == {("bob", 1008)}
    checking.cancel()


async def test_the_end_waits_for_requests_but_not_for_websockets(auth):
    cut = []
    exchanges = OpenExchanges(auth=auth)
    caller = Caller(name="alice", token="of-alice", by_cookie=False)
    request = exchanges.add(caller, lambda code: cut.append(("request", code)))
    exchanges.add(caller, lambda code: cut.append(("stream", code)))
    socket = exchanges.add(
        caller, lambda code: cut.append(("websocket", code)), ends_by_itself=False
    )
    draining = asyncio.create_task(exchanges.drain(0.3))
    await asyncio.sleep(0.05)
    assert cut == [("websocket", 1001)]
    exchanges.remove(socket)
    exchanges.remove(request)
    await draining
    assert cut == [("websocket", 1001), ("stream", 1001)]
