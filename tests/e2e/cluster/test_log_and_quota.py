"""What “My services” shows of a pod: its log, its events and what the quota leaves."""

from __future__ import annotations

import pytest

from tests.support.cluster_site import until
from tests.support.hub import Person
from tests.support.progress import told

SERVICE = "watched"
SECRET = "sesame-4711-open"


@pytest.fixture(scope="module")
def service(alice: Person):
    answer = alice.launch(
        SERVICE,
        profile="jupyter-python",
        init_script='echo counting; echo "$MY_PASSWORD"',
        env={"MY_PASSWORD": SECRET},
    )
    assert answer.status_code in (201, 202), answer.text
    yield alice.wait_until_ready(SERVICE)
    alice.stop(SERVICE)
    alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


def test_the_log_of_the_container_is_told_without_its_secrets(alice: Person, service: str) -> None:
    answer = alice.api("GET", f"onyxia/users/alice/servers/{SERVICE}/log")
    assert answer.status_code == 200, answer.text
    assert "counting" in answer.json()["lines"]
    assert SECRET not in answer.text
    reasons = {happening["reason"] for happening in answer.json()["happenings"]}
    assert {"Scheduled", "Started"} <= reasons


def test_what_a_start_writes_is_told_while_it_starts_and_kept_when_it_fails(alice: Person) -> None:
    script = 'echo counting; echo "$MY_PASSWORD"; sleep 8; echo no luck; exit 7'
    answer = alice.launch(
        "watched-fail",
        profile="jupyter-python",
        init_script=script,
        env={"MY_PASSWORD": SECRET},
    )
    assert answer.status_code == 202, answer.text
    path = "onyxia/users/alice/servers/watched-fail/log"

    def lines() -> list[str]:
        log = alice.api("GET", path)
        assert SECRET not in log.text
        return list(log.json()["lines"])

    until(lambda: "counting" in lines(), what="the first line, while it starts")
    assert "no luck" not in lines()
    assert told(alice, "watched-fail")[-1]["failed"]
    assert "no luck" in lines()
    alice.api("DELETE", "users/alice/servers/watched-fail", json={"remove": True})


def test_the_gauges_are_those_of_the_namespace(alice: Person, service: str) -> None:
    gauges = alice.api("GET", "onyxia/users/alice/quota").json()["gauges"]
    found = {gauge["name"]: gauge for gauge in gauges}
    assert set(found) == {"guaranteed CPU", "memory at most", "services"}
    assert found["services"]["limit"] == "8"
    assert int(found["services"]["used"]) >= 1
    assert found["guaranteed CPU"]["option"] == "cpu_request"
    assert 0 < found["guaranteed CPU"]["share"] <= 1
