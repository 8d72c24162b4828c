"""What docs/how-to/upgrade.md says of the database's version, at a real hub."""

import os
import re
import sqlite3
import sys
from pathlib import Path

import pytest
import yaml

from tests.support.documentation import HOW_TO, blocks
from tests.support.lone_hub import LoneHub

PAGE = HOW_TO / "upgrade.md"
# Of JupyterHub's migrations (jupyterhub/alembic/versions) the last but one, and one of the future.
OLDER, NEWER = "ff1860e38070", "ffffffffffff"


@pytest.fixture
def hub(tmp_path):
    """Return a hub that ran once, and does not now."""
    made = LoneHub(tmp_path, culling={"enabled": False})
    made.profile("tiny", "credentials: {s3: 'off', vault: 'off'}")
    # JupyterHub calls the program alembic, which lies beside its Python in the image too.
    made.environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    made.start()
    made.person("alice")
    made.stop()
    yield made
    made.stop()


def mark(hub, revision):
    with sqlite3.connect(hub.folder / "jupyterhub.sqlite") as database:
        database.execute("update alembic_version set version_num = ?", [revision])
        if revision == OLDER:
            # What the last one has added.
            database.execute("alter table spawners drop column display_name")
    database.close()


def let_it_upgrade(hub):
    (values,) = [yaml.safe_load(block.text) for block in blocks(PAGE, "yaml", below="The database")]
    with (hub.folder / "jupyterhub_config.py").open("a") as config:
        config.writelines(f"{line}\n" for line in values["extraConfig"].values())


def copies(hub):
    return [file.name for file in hub.folder.glob("jupyterhub.sqlite.*")]


@pytest.mark.parametrize("revision", [OLDER, NEWER])
def test_a_database_of_another_version_keeps_the_hub_from_starting(hub, revision):
    mark(hub, revision)
    (sentence,) = re.findall(r"`(Found database schema version) … != …`", PAGE.read_text())

    with pytest.raises(AssertionError):
        hub.start()

    assert f"{sentence} {revision} != " in hub.log
    assert not copies(hub)


def test_an_older_database_is_upgraded_if_told_and_a_copy_is_kept(hub):
    mark(hub, OLDER)
    let_it_upgrade(hub)

    hub.start()

    assert hub.api("GET", "users/alice").ok
    assert len(copies(hub)) == 1


def test_a_newer_database_is_taken_by_no_hub_whatever_it_is_told(hub):
    mark(hub, NEWER)
    let_it_upgrade(hub)

    with pytest.raises(AssertionError):
        hub.start()
