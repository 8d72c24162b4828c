"""Reports of activity, and the program's last words: a server stands for the hub's API."""

import logging
import time

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from onyxia_hub.gateway.activity import Activity
from onyxia_hub.gateway.hub_facts import HubFacts
from onyxia_hub.gateway.last_words import last_words
from onyxia_hub.gateway.reporting import Reporter


class Hub:
    """Keeps what it is told."""

    def __init__(self):
        self.told = []
        self.status = 200
        self.output = {"exit_code": 1, "restarts": 0, "lines": ["the end"]}
        app = web.Application()
        app.router.add_post("/hub/api/users/alice/activity", self.activity)
        for where in ("servers/lab", "server"):
            app.router.add_get(f"/hub/api/onyxia/users/alice/{where}/output", self.answer)
        self.server = TestServer(app)

    async def activity(self, request):
        self.told.append((request.headers["Authorization"], await request.json()))
        return web.Response(status=self.status)

    async def answer(self, request):
        assert request.headers["Authorization"] == "token the-token"
        return web.json_response(self.output, status=self.status)


@pytest.fixture
async def hub():
    hub = Hub()
    await hub.server.start_server()
    yield hub
    await hub.server.close()


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def reporter(hub, session):
    def make(activity, *, signs=(), every=30.0, port=None):
        return Reporter(
            activity=activity,
            signs=signs,
            session=session,
            url=f"http://127.0.0.1:{port or hub.server.port}/hub/api/users/alice/activity",
            token="the-token",
            server_name="lab",
            every=every,
        )

    return make


def facts(hub, server_name="lab"):
    return HubFacts(
        api_url=f"http://127.0.0.1:{hub.server.port}/hub/api",
        api_token="the-token",
        prefix="/user/alice/lab/",
        client_id="jupyterhub-user-alice-lab",
        access_scopes=frozenset({"access:servers"}),
        user="alice",
        server_name=server_name,
        activity_url="",
    )


async def test_nothing_is_told_before_there_is_use(hub, reporter):
    await reporter(Activity()).look()

    assert hub.told == []


async def test_use_is_told_at_once_and_then_not_at_each_look(hub, reporter):
    activity = Activity(clock=lambda: 0.0)
    reports = reporter(activity)
    activity.busy()
    await reports.look()
    activity.last = 5.0
    await reports.look()

    when = "1970-01-01T00:00:00+00:00"
    assert hub.told == [
        (
            "token the-token",
            {"servers": {"lab": {"last_activity": when}}, "last_activity": when},
        )
    ]


async def test_what_is_known_is_not_told_again(hub, reporter):
    activity = Activity()
    activity.busy()
    reports = reporter(activity, every=0)
    await reports.look()
    await reports.look()
    assert len(hub.told) == 1

    activity.last = time.time() + 1
    await reports.look()
    assert len(hub.told) == 2


async def test_a_sign_of_work_is_use(hub, reporter):
    async def idle():
        return False

    async def at_work():
        return True

    await reporter(Activity(), signs=[idle]).look()
    assert hub.told == []
    await reporter(Activity(), signs=[idle, at_work]).look()
    assert len(hub.told) == 1


async def test_a_hub_that_is_away_is_told_later_and_complained_of_once(hub, reporter, caplog):
    activity = Activity()
    activity.busy()
    reports = reporter(activity, every=0)
    hub.status = 503
    with caplog.at_level(logging.WARNING):
        await reports.look()
        await reports.look()
    assert len(hub.told) == 2
    assert caplog.text.count("takes no report of activity: it answers 503") == 1
    assert "the-token" not in caplog.text

    hub.status = 200
    await reports.look()
    await reports.look()
    assert len(hub.told) == 3


async def test_nobody_listening_is_no_error(reporter):
    activity = Activity()
    activity.busy()

    await reporter(activity, port=9).look()


@pytest.mark.parametrize("name", ["lab", ""])
async def test_the_last_words_are_asked_of_the_hub(hub, session, name):
    assert await last_words(session, facts(hub, name)) == ["the end"]


@pytest.mark.parametrize(
    ("status", "output"), [(404, {}), (200, {"lines": "no list"}), (200, ["no object"])]
)
async def test_a_hub_that_knows_none_gives_none(hub, session, status, output):
    hub.status, hub.output = status, output

    assert await last_words(session, facts(hub)) == []
