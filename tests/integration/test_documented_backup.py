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
ARRIVED = "/srv/onyxia-hub/jupyterhub.sqlite.new"


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


def run(heading, files):
    """Run the page's Python below a heading, with other files in the place of the pods'."""
    commands = blocks(PAGE, "sh", below=heading)[0].text
    (code,) = re.findall(r"python3 -c '(.*?)'", commands, re.DOTALL)
    for written, real in files.items():
        assert written in code
        code = code.replace(written, str(real))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=30
    )


def back_up(hub):
    """Run the page's Python on the hub's database, and return the copy."""
    copy = hub.folder / "copy.sqlite"
    done = run("The database", {LIVE: hub.folder / "jupyterhub.sqlite", COPY: copy})
    assert done.returncode == 0, done.stderr
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


def test_only_a_copy_that_is_whole_and_a_hubs_passes_the_check_of_the_restore(hub):
    hub.person("alice")
    copy = back_up(hub)
    whole = copy.read_bytes()

    told = run("Restore", {ARRIVED: copy})
    assert (told.returncode, told.stdout) == (0, "users: 1\n")

    middle = len(whole) // 2
    broken = {
        "cut": whole[:middle],
        # SQLite takes it for a database without tables.
        "empty": b"",
        "changed": whole[:middle] + bytes(8192) + whole[middle + 8192 :],
        "something else": b"error: unable to upgrade connection",
    }
    for content in broken.values():
        copy.write_bytes(content)
        assert run("Restore", {ARRIVED: copy}).returncode == 1


def test_a_hub_that_starts_from_the_copy_finds_what_ran_and_forgets_what_came_after(hub):
    token = hub.person("alice")
    hub.launch("alice", "lab", "tiny")
    copy = back_up(hub)
    hub.person("bob")

    # So that the services, processes here, run on as pods do.
    hub.stop(signal.SIGKILL)
    # As the page does: what the killed hub wrote ahead belongs to the file that is replaced.
    for ahead in hub.folder.glob("jupyterhub.sqlite-*"):
        ahead.unlink()
    shutil.copyfile(copy, hub.folder / "jupyterhub.sqlite")
    hub.start()

    assert hub.servers("alice")["lab"]["ready"]
    assert hub.api("GET", "user", token=token).json()["name"] == "alice"
    assert hub.api("GET", "users/bob").status_code == 404
