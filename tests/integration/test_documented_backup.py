"""The copy of docs/how-to/back-up.md, made while a hub works, and a hub started from it."""

import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest

from tests.support.documentation import HOW_TO, blocks
from tests.support.lone_hub import LoneHub

PAGE = HOW_TO / "back-up.md"
LIVE, COPY = "/srv/onyxia-hub/jupyterhub.sqlite", "/tmp/copy.sqlite"


@pytest.fixture
def hub(tmp_path):
    made = LoneHub(tmp_path, culling={"enabled": False})
    made.profile("tiny", "credentials: {s3: 'off', vault: 'off'}")
    made.start()
    yield made
    for name in ("alice", "bob"):
        for server in made.servers(name) if made.api("GET", f"users/{name}").ok else ():
            made.api("DELETE", f"users/{name}/servers/{server}")
    made.stop()


def back_up(hub):
    """Run the page's Python on the hub's database, and return the copy."""
    commands = blocks(PAGE, "sh", below="The database")[0].text
    (code,) = re.findall(r"python3 -c '(.*?)'", commands, re.DOTALL)
    copy = hub.folder / "copy.sqlite"
    for written, real in {LIVE: hub.folder / "jupyterhub.sqlite", COPY: copy}.items():
        assert written in code
        code = code.replace(written, str(real))
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
    return copy


def query(file, text):
    database = sqlite3.connect(file)
    try:
        return database.execute(text).fetchall()
    finally:
        database.close()


def test_a_copy_is_whole_and_names_what_runs(hub):
    hub.person("alice")
    hub.launch("alice", "lab", "tiny")

    copy = back_up(hub)

    assert query(copy, "pragma integrity_check") == [("ok",)]
    (text,) = re.findall(r"`(select [^`]*)`", PAGE.read_text())
    assert query(copy, text) == [("alice", "lab")]


def test_a_hub_that_starts_from_the_copy_finds_what_ran_and_forgets_what_came_after(hub):
    token = hub.person("alice")
    hub.launch("alice", "lab", "tiny")
    copy = back_up(hub)
    hub.person("bob")

    # So that the services, processes here, run on as pods do.
    hub.stop(signal.SIGKILL)
    shutil.copyfile(copy, hub.folder / "jupyterhub.sqlite")
    hub.start()

    assert hub.servers("alice")["lab"]["ready"]
    assert hub.api("GET", "user", token=token).json()["name"] == "alice"
    assert hub.api("GET", "users/bob").status_code == 404
