"""A real hub and the culler that it starts: who is stopped, who is not, and how both end."""

from __future__ import annotations

import signal
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest

from tests.support.lone_hub import OPERATOR, LoneHub

SHORT = 10  # seconds, the least that a profile may say


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(
        tmp_path_factory.mktemp("culling"),
        culling={"idle_timeout": 3600, "warn_before": 4, "check_every": 1},
    )
    made.profile("brief", f"idle_timeout: {SHORT}")
    made.profile("usual")
    made.profile("for-ever", "idle_timeout: never")
    # jupyterhub-idle-culler runs a file of this name in the folder where it starts.
    (made.folder / "idle_culler_config.py").write_text(
        "from pathlib import Path; Path('was-run').touch(); c.IdleCuller.max_age = 1\n"
    )
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def alice(hub):
    return hub.person("alice")


def culler_of(hub):
    return next(
        child
        for child in hub.children()
        if "onyxia_hub.culling" in (child.cmdline() if child.is_running() else [])
    )


def use(hub, *servers, user="alice", token=OPERATOR):
    now = datetime.now(UTC).isoformat()
    body = {"servers": {server: {"last_activity": now} for server in servers}}
    hub.api("POST", f"users/{user}/activity", json=body, token=token).raise_for_status()


def test_what_is_idle_is_stopped_and_what_is_used_or_unlimited_is_not(hub, alice):
    hub.launch("alice", "for-ever", "for-ever")
    hub.launch("alice", "usual", "usual")
    hub.launch("alice", "used", "brief")
    hub.launch("alice", "idle", "brief")
    since = time.monotonic()

    while "idle" in hub.servers("alice"):
        use(hub, "used")
        assert time.monotonic() < since + 4 * SHORT, hub.log
        time.sleep(0.5)
    lasted = time.monotonic() - since

    assert lasted > SHORT - 1
    use(hub, "used")
    assert set(hub.servers("alice")) == {"for-ever", "usual", "used"}
    kept = hub.servers("alice", stopped=True)["idle"]
    assert kept["stopped"] is True
    assert kept["user_options"] == {"profile": "brief"}, "stopped, not removed"

    while "used" in hub.servers("alice"):
        assert time.monotonic() < since + 8 * SHORT, "idle since its last use"
        time.sleep(0.5)
    assert set(hub.servers("alice")) == {"for-ever", "usual"}


def test_an_owner_sees_when_a_service_is_stopped_and_keeps_it_running(hub, alice):
    hub.launch("alice", "idle", "brief")
    before = hub.api("GET", "onyxia/users/alice/idle", token=alice).json()
    brief = before["servers"]["idle"]
    times = {name: datetime.fromisoformat(brief[name]) for name in brief if name.endswith("_at")}

    assert brief["idle_timeout"] == SHORT
    assert brief["profile"] == "brief"
    assert times["stops_at"] - times["warns_at"] == timedelta(seconds=4)
    left = times["stops_at"] - datetime.fromisoformat(before["now"])
    assert timedelta(0) < left <= timedelta(seconds=SHORT)
    assert before["servers"]["usual"]["idle_timeout"] == 3600
    assert "for-ever" not in before["servers"]

    time.sleep(1)
    use(hub, "idle", token=alice)
    after = hub.api("GET", "onyxia/users/alice/idle", token=alice).json()["servers"]["idle"]
    assert datetime.fromisoformat(after["stops_at"]) > times["stops_at"]


def test_nobody_learns_of_other_peoples_services(hub, alice):
    bob = hub.person("bob")

    assert hub.api("GET", "onyxia/users/alice/idle", token=bob).status_code == 404
    assert hub.api("GET", "onyxia/users/nobody/idle", token=bob).status_code == 404
    assert hub.api("GET", "onyxia/users/nobody/idle").status_code == 404
    assert hub.api("GET", "onyxia/idle", token=bob).status_code == 403
    assert hub.api("GET", "onyxia/idle", token="wrong").status_code == 403
    assert hub.api("GET", "onyxia/idle").json() == {"due": []}


def test_the_culler_may_stop_services_and_no_more_and_its_token_is_on_no_command_line(hub):
    culler = culler_of(hub)
    token = culler.environ()["JUPYTERHUB_API_TOKEN"]

    assert token not in " ".join(culler.cmdline())
    assert token not in hub.log
    may = {"list:users", "read:servers", "delete:servers", "read:users:name"}
    assert set(hub.api("GET", "user", token=token).json()["scopes"]) == may
    assert hub.api("POST", "users/alice/servers/more", json={}, token=token).status_code == 403
    assert hub.api("DELETE", "users/alice", token=token).status_code == 403
    assert not (hub.folder / "was-run").exists()


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGKILL])
def test_the_culler_ends_with_the_hub(tmp_path, sig):
    hub = LoneHub(tmp_path, culling={})
    hub.profile("usual")
    hub.start()
    try:
        culler = culler_of(hub)
        hub.stop(sig)
        psutil.wait_procs([culler], timeout=10)
        assert not culler.is_running()
    finally:
        hub.stop(signal.SIGKILL)


def test_a_site_without_culling_has_no_culler_and_no_limits(tmp_path):
    hub = LoneHub(tmp_path, culling={"enabled": False})
    hub.profile("brief", f"idle_timeout: {SHORT}")
    hub.start()
    try:
        hub.person("alice")
        hub.launch("alice", "lab", "brief")
        children = [" ".join(child.cmdline()) for child in hub.children()]
        assert not [line for line in children if "culling" in line]
        assert hub.api("GET", "onyxia/users/alice/idle").json()["servers"] == {}
        assert "idle-culler" not in hub.api("GET", "services").json()
        hub.api("DELETE", "users/alice/servers/lab").raise_for_status()
    finally:
        hub.stop()
