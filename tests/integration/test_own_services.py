"""What “My services” asks a real hub for: all services of a user, their logs and their names."""

from __future__ import annotations

import pytest

from onyxia_hub.errors import NameRefused
from tests.support.lone_hub import LoneHub

SECRET = "sesame-open-9f27"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("hub"), culling={"idle_timeout": 3600})
    made.profile("tiny")
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def alice(hub):
    token = hub.person("alice")
    for server in ("one", "two"):
        options = {
            "profile": "tiny",
            "env": {"MY_PASSWORD": SECRET},
            "init_script": "echo hello; echo $MY_PASSWORD",
        }
        path = f"users/alice/servers/{server}"
        hub.api("POST", path, json={"user_options": options}).raise_for_status()
    hub.launch("alice", "three", "tiny")
    hub.api("DELETE", "users/alice/servers/two").raise_for_status()
    return token


def test_all_services_are_told_running_or_not(hub, alice):
    answer = hub.api("GET", "onyxia/users/alice/services", token=alice)
    assert answer.status_code == 200
    found = {service["name"]: service for service in answer.json()["services"]}
    assert set(found) == {"one", "two", "three"}
    one = found["one"]
    assert (one["state"], one["url"], one["amounts"]) == (
        "running",
        "/user/alice/one/",
        "0.5\N{EN DASH}2 cores, 1\N{EN DASH}4 GiB",
    )
    assert one["stops_at"] > answer.json()["now"]
    assert (found["two"]["state"], found["two"]["url"]) == ("stopped", None)


def test_the_log_is_told_without_its_secrets(hub, alice):
    answer = hub.api("GET", "onyxia/users/alice/servers/one/log", token=alice)
    lines = answer.json()["lines"]
    assert "hello" in lines
    assert SECRET not in answer.text
    assert "…" in lines
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_service_that_runs_gets_another_name(hub, alice):
    path = "onyxia/users/alice/servers/one/name"
    named = hub.api("PUT", path, token=alice, json={"display_name": "  Census\n <b>2026</b> "})
    assert named.status_code == 204
    services = hub.api("GET", "onyxia/users/alice/services", token=alice).json()["services"]
    [one] = [service for service in services if service["name"] == "one"]
    assert (one["display_name"], one["state"]) == ("Census <b>2026</b>", "running")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "is empty"),
        ({"display_name": " \n"}, "is empty"),
        ({"display_name": 3}, "is empty"),
        (["x"], "is empty"),
        ({"display_name": "x" * 256}, "has 256 characters"),
        ({"display_name": "a\u202eb"}, "can't be shown"),
    ],
)
def test_what_is_no_name_is_refused(hub, alice, body, problem):
    path = "onyxia/users/alice/servers/one/name"
    refused = hub.api("PUT", path, token=alice, json=body)
    assert refused.status_code == NameRefused.status
    assert refused.json()["message"].startswith("display_name: the name ")
    assert problem in refused.json()["message"]


def test_nobody_else_sees_or_names_them(hub, alice):
    bob = hub.person("bob")
    for method, path in [
        ("GET", "onyxia/users/alice/services"),
        ("GET", "onyxia/users/alice/quota"),
        ("GET", "onyxia/users/alice/servers/one/log"),
        ("PUT", "onyxia/users/alice/servers/one/name"),
    ]:
        refused = hub.api(method, path, token=bob, json={"display_name": "mine"})
        assert refused.status_code in {403, 404}, path
    missing = hub.api("GET", "onyxia/users/alice/servers/none/log", token=alice)
    assert missing.status_code == 404


def test_where_nothing_is_limited_there_is_no_gauge(hub, alice):
    assert hub.api("GET", "onyxia/users/alice/quota", token=alice).json() == {"gauges": []}
