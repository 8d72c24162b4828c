"""The overview of a real hub: who may see it, what it shows, and why launches failed."""

from __future__ import annotations

import csv
import io
import time
from html import unescape

import pytest
import requests

from onyxia_hub.errors import AdministratorsOnly
from tests.support.lone_hub import LOCAL, LoneHub
from tests.support.spawning import write_profile

NASTY = '=HYPERLINK("http://evil.example")'
SECRET = "hush-hush-7a1"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("overview"), culling={"idle_timeout": 3600})
    made.profile("tiny")
    write_profile(
        made.folder / "profiles", "deep", more=f"  gpu: {{min: 0, max: 3, default: 1}}\n{LOCAL}"
    )
    made.start()
    try:
        for name in ("alice", "bob"):
            made.person(name)
        made.launch("alice", "lab", "tiny")
        made.launch("bob", "deep", "deep")
        body = {"display_name": NASTY, "user_options": {"profile": "gone"}}
        made.api("PUT", "users/bob/servers/later", json=body).raise_for_status()
        yield made
    finally:
        made.stop()


def everything(hub, **parameters):
    answer = hub.api("GET", "onyxia/admin/services", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def failures(hub):
    return hub.api("GET", "onyxia/admin/failures").json()


def fail(hub, user, server, options, *, within=30):
    """Launch what can't start, and wait until the hub has given up."""
    before = failures(hub)["count"]
    hub.api("POST", f"users/{user}/servers/{server}", json={"user_options": options})
    end = time.monotonic() + within
    while failures(hub)["count"] == before:
        assert time.monotonic() < end, hub.log
        time.sleep(0.2)
    return failures(hub)["launches"][0]


def test_all_services_of_all_users_are_shown(hub):
    found = everything(hub)
    services = {f"{each['user']}/{each['name']}": each for each in found["services"]}
    assert set(services) == {"alice/lab", "bob/deep", "bob/later"}, "no empty default places"
    lab, deep, later = services["alice/lab"], services["bob/deep"], services["bob/later"]
    assert (lab["state"], lab["profile"], lab["title"]) == ("running", "tiny", "Tiny")
    assert (lab["cpu_request"], lab["cpu_limit"]) == (0.5, 2.0)
    assert (lab["memory_request"], lab["memory_limit"]) == (2**30, 4 * 2**30)
    assert lab["started"] <= found["now"] < lab["stops_at"]
    assert lab["problems"] == []
    assert deep["gpu"] == 1
    assert (later["state"], later["display_name"], later["started"]) == ("stopped", NASTY, None)
    assert later["cpu_request"] is None, "its profile is gone"


def test_sums_are_of_everything_whatever_is_selected(hub):
    sums = everything(hub, user="alice")["sums"]
    assert (sums["services"]["running"], sums["users"]) == (2, 2)
    assert (sums["cpu_request"], sums["memory_request"], sums["gpu"]) == (1.0, 2**31, 1)
    assert sums["gpu_by_user"] == [{"user": "bob", "gpu": 1, "services": 1}]


def test_it_is_filtered_sorted_and_paged(hub):
    assert [each["name"] for each in everything(hub, user="alice")["services"]] == ["lab"]
    running = everything(hub, state="running", sort="-gpu", limit=1)
    assert (running["total"], running["services"][0]["name"]) == (2, "deep")
    second = everything(hub, state="running", sort="-gpu", limit=1, offset=1)
    assert second["services"][0]["name"] == "lab"
    assert everything(hub, idle_longer_than="86400")["total"] == 0


@pytest.mark.parametrize(
    "query", ["state=asleep", "limit=0", "limit=1001", "offset=-1", "offset=x", "sort=options"]
)
def test_what_cannot_be_read_is_refused(hub, query):
    answer = hub.api("GET", f"onyxia/admin/services?{query}")
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"{query.partition('=')[0]}: ")


def test_it_comes_as_a_sheet_of_what_is_selected(hub):
    answer = hub.api("GET", "onyxia/admin/services?format=csv&user=bob&limit=1&sort=name")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "services.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    shown = {row["service"]: row["display_name"] for row in rows}
    assert shown["later"] == f"'{NASTY}"
    assert "deep" in shown
    assert {row["user"] for row in rows} == {"bob"}


def test_launches_fail_for_different_causes_and_are_counted(hub):
    wrong = fail(hub, "alice", "wrong", {"profile": "tiny", "cpu_limit": "100"})
    env = {"TINY_EXIT": "3", "TINY_SAYS": f"my password is {SECRET}"}
    dead = fail(hub, "bob", "dead", {"profile": "tiny", "env": env})
    fail(hub, "bob", "wrong", {"profile": "tiny", "cpu_limit": "100"})
    assert wrong["cause"] == "InvalidOption"
    assert (wrong["user"], wrong["server"], wrong["profile"]) == ("alice", "wrong", "tiny")
    assert wrong["sentence"].startswith("cpu_limit: 100 is more than 8.")
    assert dead["cause"] == "ProgramFailed"
    assert dead["sentence"] == "Tiny ended with exit code 3 before it was ready."

    found = failures(hub)
    causes = {each["cause"]: each for each in found["by_cause"]}
    assert (causes["InvalidOption"]["count"], causes["InvalidOption"]["users"]) == (2, 2)
    assert causes["ProgramFailed"]["count"] == 1
    assert found["count"] == 3
    text = hub.api("GET", "onyxia/admin/failures").text
    assert SECRET not in text
    assert "password" not in text


def test_what_failed_survives_the_hub(hub):
    before = failures(hub)["by_cause"]
    assert before, "the test above let launches fail"
    hub.stop()
    hub.start()
    assert failures(hub)["by_cause"] == before


def test_a_launch_that_succeeds_is_no_failure(hub):
    before = failures(hub)["count"]
    hub.launch("alice", "fine", "tiny")
    hub.api("DELETE", "users/alice/servers/fine").raise_for_status()
    assert failures(hub)["count"] == before


PATHS = ["onyxia/admin/services", "onyxia/admin/services?format=csv", "onyxia/admin/failures"]


@pytest.mark.parametrize("path", PATHS)
def test_only_administrators_see_it(hub, path):
    made = hub.api("POST", "users/alice/tokens", json={}).json()["token"]
    refused = hub.api("GET", path, token=made)
    assert refused.status_code == 403
    assert "not authorized" in refused.json()["message"]
    assert (
        requests.get(f"http://127.0.0.1:{hub.port}/hub/api/{path}", timeout=10).status_code == 403
    )


def test_rights_over_some_services_are_not_enough(hub):
    body = {"scopes": ["read:servers!user=alice"]}
    made = hub.api("POST", "users/alice/tokens", json=body).json()["token"]
    assert hub.api("GET", "onyxia/admin/services", token=made).status_code in {403, 404}


def test_the_page_is_for_administrators(hub):
    hub.api("POST", "users/root", json={"admin": True}).raise_for_status()
    page = "/hub/onyxia/admin"
    bob, root = hub.session("bob"), hub.session("root")
    refused = bob.get(f"http://127.0.0.1:{hub.port}{page}", timeout=10)
    assert refused.status_code == 403
    assert AdministratorsOnly.sentence in unescape(refused.content.decode())
    assert page not in bob.get(f"http://127.0.0.1:{hub.port}/hub/home", timeout=10).text
    shown = root.get(f"http://127.0.0.1:{hub.port}{page}", timeout=10)
    assert shown.status_code == 200
    assert 'href="/hub/admin"' in shown.text, "JupyterHub's own panel"
    assert page in root.get(f"http://127.0.0.1:{hub.port}/hub/admin", timeout=10).text
    nobody = requests.get(f"http://127.0.0.1:{hub.port}{page}", timeout=10, allow_redirects=False)
    assert nobody.status_code == 302
    assert nobody.headers["Location"].startswith("/hub/login")
