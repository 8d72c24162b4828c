"""The overview of a hub with two thousand services that run."""

from __future__ import annotations

import csv
import io
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from jupyterhub import orm

from tests.support import tiny_program
from tests.support.lone_hub import LOCAL, LoneHub
from tests.support.ports import free_port
from tests.support.spawning import write_profile

USERS, EACH = 500, 4
BYTES = 100_000

COUNTING = """
from sqlalchemy import event
from sqlalchemy.engine import Engine

statements = 0


def count(*_):
    global statements
    statements += 1
    # Whoever reads it meanwhile finds the last number, not an empty file.
    new = Path(__file__).with_name("statements.new")
    new.write_text(str(statements))
    new.replace(new.with_suffix(""))


event.listen(Engine, "before_cursor_execute", count)
# All have to answer first.
c.JupyterHub.init_spawners_timeout = 120
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """One process that all services are."""
    folder = tmp_path_factory.mktemp("program")
    port = free_port()
    process = subprocess.Popen([sys.executable, tiny_program.__file__, str(port), "/"], cwd=folder)
    yield port, process.pid, psutil.Process(process.pid).create_time()
    process.kill()
    process.wait()


@pytest.fixture(scope="module")
def hub(tmp_path_factory, program):
    made = LoneHub(tmp_path_factory.mktemp("scale"), culling={"check_every": 3600})
    made.profile("tiny")
    write_profile(
        made.folder / "profiles", "deep", more=f"  gpu: {{min: 0, max: 3, default: 1}}\n{LOCAL}"
    )
    fill(made, program)
    config = made.folder / "jupyterhub_config.py"
    config.write_text(config.read_text() + COUNTING)
    try:
        # It asks all services whether they are there.
        made.start(seconds=180)
        end = time.monotonic() + 120
        while everything(made, limit=1).json()["sums"]["services"]["running"] < USERS * EACH:
            assert time.monotonic() < end, made.log[-4000:]
            time.sleep(1)
        yield made
    finally:
        made.stop(signal.SIGKILL)


def fill(hub, program):
    """Write the database that a hub with these services would have left."""
    port, pid, created = program
    session = orm.new_session_factory(f"sqlite:///{hub.folder}/jupyterhub.sqlite")()
    now = datetime.now(UTC).replace(tzinfo=None)
    for number in range(USERS):
        user = orm.User(name=f"user-{number:03}", last_activity=now)
        session.add(user)
        for place in range(EACH):
            server = orm.Server(ip="127.0.0.1", port=port, base_url=f"/user/{user.name}/s{place}/")
            spawner = orm.Spawner(
                user=user,
                name=f"s{place}",
                server=server,
                display_name=f"Service {place}",
                state={"pid": pid, "create_time": created},
                started=now,
                last_activity=now - timedelta(minutes=number),
                user_options={"profile": "deep" if place == 0 else "tiny", "cpu_limit": "2"},
            )
            session.add(spawner)
    session.commit()
    session.close()
    session.get_bind().dispose()


def everything(hub, **parameters):
    answer = hub.api("GET", "onyxia/admin/services", params=parameters)
    answer.raise_for_status()
    return answer


def statements(hub):
    return int((hub.folder / "statements").read_text())


def asked_by(hub, work):
    """Return how many statements some work takes: the fewest of three, for the hub goes on too."""
    found = []
    for _ in range(3):
        before = statements(hub)
        work()
        found.append(statements(hub) - before)
    return min(found)


def test_a_page_of_two_thousand_services_is_small_and_takes_few_queries(hub):
    asked = asked_by(hub, lambda: everything(hub, state="active", sort="-gpu", limit=50))
    first = everything(hub, state="active", sort="-gpu", limit=50)
    answer = first.json()
    times = [everything(hub, sort="last_activity", limit=50).elapsed for _ in range(5)]
    slowest = max(times).total_seconds()
    print(f"page: {slowest:.3f} s at most, {len(first.content)} bytes, {asked} statements")  # noqa: T201
    assert answer["total"] == USERS * EACH
    assert len(answer["services"]) == 50
    assert answer["sums"]["gpu"] == USERS
    assert answer["sums"]["users"] == USERS
    assert answer["sums"]["cpu_request"] == USERS * EACH * 0.5
    assert len(first.content) < BYTES
    # Who asks, what they may, and one for all services.
    assert asked < 20


def test_the_sheet_has_all_of_them(hub):
    asked = asked_by(hub, lambda: everything(hub, format="csv"))
    answer = everything(hub, format="csv")
    seconds = answer.elapsed.total_seconds()
    print(f"sheet: {seconds:.3f} s, {len(answer.content)} bytes, {asked} statements")  # noqa: T201
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == USERS * EACH
    assert {row["state"] for row in rows} == {"running"}
    assert asked < 20


def test_the_largest_page_that_can_be_asked_for(hub):
    answer = everything(hub, limit=1000)
    print(f"1000 rows: {answer.elapsed.total_seconds():.3f} s, {len(answer.content)} bytes")  # noqa: T201
    assert len(answer.json()["services"]) == 1000


def test_a_message_to_five_hundred_owners_is_sent_at_once(hub):
    names = [f"user-{number:03}" for number in range(USERS)]
    before = statements(hub)
    answer = hub.api("POST", "onyxia/messages", json={"text": "Hello", "to": names})
    asked = statements(hub) - before
    print(f"message: {answer.elapsed.total_seconds():.3f} s, {asked} statements")  # noqa: T201
    assert answer.status_code == 201
    assert asked < 20
