"""Until when a service may stay, and what the culler makes of the hub's answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.objects import Hub
from pydantic import ValidationError

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.culling.arbiter import Arbiter
from onyxia_hub.culling.idle import idle_of, timeout_of
from onyxia_hub.culling.proxy import QuietHTTPProxy
from onyxia_hub.culling.service import culler_role, culler_service
from onyxia_hub.settings import CullingSettings
from tests.support.answering_server import Answer, AnsweringServer
from tests.support.spawning import write_profile

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def catalogue(tmp_path):
    folder = tmp_path / "profiles"
    write_profile(folder, "usual")
    write_profile(folder, "brief", more="idle_timeout: 600")
    write_profile(folder, "for-ever", more="idle_timeout: never")
    return load_catalogue(folder)


@pytest.fixture
def spawner(catalogue):
    """What a spawner of a service that runs looks like; times are UTC, as in the database."""

    def make(profile="brief", *, started=NOON, used=NOON, ready=True, pending=None, **culling):
        return SimpleNamespace(
            ready=ready,
            pending=pending,
            catalogue=catalogue,
            user_options={"profile": profile},
            onyxia_settings=SimpleNamespace(culling=CullingSettings(**culling)),
            orm_spawner=SimpleNamespace(
                started=started and started.replace(tzinfo=None),
                last_activity=used and used.replace(tzinfo=None),
            ),
        )

    return make


def after(spawner, *, hub_started=NOON - timedelta(days=1)):
    idle = idle_of(spawner, hub_started=hub_started)
    return (idle.stops_at - NOON).total_seconds()


def test_a_service_may_stay_for_its_limit_after_its_last_use(spawner):
    assert after(spawner(used=NOON)) == 600
    assert after(spawner(used=NOON + timedelta(seconds=60))) == 660
    assert after(spawner("usual")) == 24 * 3600
    assert after(spawner("usual", idle_timeout=1800)) == 1800
    assert after(spawner("brief", idle_timeout="never")) == 600


def test_a_service_that_was_never_used_counts_from_its_start(spawner):
    assert after(spawner(used=None)) == 600
    assert idle_of(spawner(used=None, started=None)) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"ready": False},
        {"pending": "stop"},
        {"profile": "for-ever"},
        {"profile": "usual", "idle_timeout": "never"},
        {"enabled": False},
        {"profile": "gone-from-the-catalogue"},
        {"profile": None},
    ],
)
def test_what_has_no_limit_or_none_that_can_be_told_is_never_stopped(spawner, changes):
    assert idle_of(spawner(**changes)) is None


@pytest.mark.parametrize("options", [None, "brief", {}, {"profile": ["brief"]}])
def test_options_that_name_no_profile_have_no_limit(catalogue, options):
    assert timeout_of(options, catalogue=catalogue, culling=CullingSettings()) is None


def test_a_hub_that_was_away_first_hears_who_is_active(spawner):
    hub_started = NOON + timedelta(hours=5)

    assert after(spawner(), hub_started=hub_started) == 5 * 3600 + 600
    of_this_hub = spawner(started=hub_started + timedelta(1), used=hub_started + timedelta(1))
    assert after(of_this_hub, hub_started=hub_started) == (5 + 24) * 3600 + 600


def test_the_warning_takes_at_most_half_of_the_limit(spawner):
    usual, brief = idle_of(spawner("usual")), idle_of(spawner("brief"))

    assert (usual.stops_at - usual.warns_at).total_seconds() == 900
    assert (brief.stops_at - brief.warns_at).total_seconds() == 300


@pytest.mark.parametrize(
    "wrong", [{"idle_timeout": 9}, {"idle_timeout": "soon"}, {"check_every": 0}]
)
def test_limits_that_would_stop_everything_at_once_are_refused(wrong):
    with pytest.raises(ValidationError):
        CullingSettings(**wrong)


async def test_the_culler_stops_what_the_hub_says_is_due_and_nothing_else():
    with AnsweringServer(Answer(body=json.dumps({"due": ["alice/lab", "bob/"]}))) as hub:
        arbiter = Arbiter(api_url=f"{hub.address}/hub/api", token="of-the-culler")
        names = ["alice/lab", "alice/", "bob/", "carol/lab"]
        said = [await arbiter(server={"full_name": name}, inactive=None) for name in names]

    assert said == [True, False, True, False]
    assert [question.path for question in hub.questions] == ["/hub/api/onyxia/idle"], "once"
    assert hub.questions[0].headers["Authorization"] == "token of-the-culler"


async def test_in_a_long_round_the_culler_asks_again():
    answers = [Answer(body='{"due": ["alice/lab"]}'), Answer(body='{"due": []}')]
    with AnsweringServer(*answers) as hub:
        arbiter = Arbiter(api_url=hub.address, token="t", keep=0)
        assert await arbiter(server={"full_name": "alice/lab"}) is True
        assert await arbiter(server={"full_name": "alice/lab"}) is False


@pytest.mark.parametrize(
    "answer",
    [Answer(status=500), Answer(status=403), Answer(status=0), Answer(body="x"), Answer(body="[]")],
)
async def test_without_an_answer_of_the_hub_nothing_is_stopped(answer, caplog):
    with AnsweringServer(answer) as hub:
        arbiter = Arbiter(api_url=hub.address, token="secret-of-the-culler")
        assert await arbiter(server={"full_name": "alice/lab"}) is False

    assert "did not say which services are due" in caplog.text
    assert "secret-of-the-culler" not in caplog.text


async def test_what_the_proxy_takes_for_activity_is_left_with_the_proxy():
    def route(**data):
        return {"target": "http://127.0.0.1:8888", "jupyterhub": True, **data}

    routes = {
        "/": route(hub=True, last_activity="2026-01-01T12:00:00Z"),
        "/user/alice/lab": route(
            user="alice", server_name="lab", last_activity="2026-01-01T12:00:00Z"
        ),
    }
    answer = Answer(body=json.dumps(routes), headers={"Content-Type": "application/json"})
    with AnsweringServer(answer) as api:
        proxy = QuietHTTPProxy(
            should_start=False, api_url=api.address, auth_token="t", hub=Hub(base_url="/hub/")
        )
        found = await proxy.get_all_routes()
        await JupyterHubHTTPClient.instance().close()
        JupyterHubHTTPClient.clear_instance()

    assert found["/user/alice/lab/"]["target"] == "http://127.0.0.1:8888"
    assert found["/user/alice/lab/"]["data"] == {"user": "alice", "server_name": "lab"}
    assert found["/"]["data"] == {"hub": True}


def test_the_culler_has_neither_a_token_nor_a_limit_in_its_command():
    service = culler_service(check_every=60)

    assert service["command"][1:] == ["-P", "-m", "onyxia_hub.culling"]
    assert "api_token" not in service
    assert service["display"] is False
    assert culler_role()["scopes"] == ["list:users", "read:servers", "delete:servers"]
    assert culler_role()["services"] == [service["name"]]
