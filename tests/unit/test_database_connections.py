"""What SQLite is told at each connection, and what it is no longer asked."""

import logging
import sqlite3
from types import SimpleNamespace

import pytest
from jupyterhub import orm
from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine

from onyxia_hub import database_connections
from onyxia_hub.database_connections import pace_sqlite


@pytest.fixture
def paced():
    before = orm.register_ping_connection
    told = event.contains(Engine, "connect", database_connections._write_ahead)
    pace_sqlite()
    pace_sqlite()
    yield
    orm.register_ping_connection = before
    if not told:
        event.remove(Engine, "connect", database_connections._write_ahead)


@pytest.fixture
def session(paced, tmp_path):
    made = orm.new_session_factory(f"sqlite:///{tmp_path / 'hub.sqlite'}")()
    yield made
    made.close()
    made.get_bind().dispose()


def test_sqlite_writes_ahead_and_waits_for_the_disk(session):
    assert session.execute(text("PRAGMA journal_mode")).scalar() == "wal"
    assert session.execute(text("PRAGMA synchronous")).scalar() == 2  # FULL
    assert session.execute(text("PRAGMA foreign_keys")).scalar() == 1  # JupyterHub's own


def test_others_read_while_the_hub_writes(session, tmp_path):
    session.add(orm.User(name="alice"))
    session.flush()
    other = sqlite3.connect(tmp_path / "hub.sqlite", timeout=0)
    assert other.execute("SELECT name FROM users").fetchall() == []
    session.commit()
    assert other.execute("SELECT name FROM users").fetchall() == [("alice",)]
    other.close()


def test_the_hub_reads_while_another_has_locked_it(session, tmp_path):
    session.add(orm.User(name="alice"))
    session.commit()
    other = sqlite3.connect(tmp_path / "hub.sqlite", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert session.query(orm.User.name).all() == [("alice",)]
    other.execute("ROLLBACK")
    other.close()


def test_a_file_is_not_asked_whether_it_is_there(session):
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    session.commit()
    assert session.query(orm.User.name).all() == []
    assert len(asked) == 1
    assert "users.name" in asked[0]


def test_a_database_elsewhere_is_asked_still():
    asked = []
    ping = database_connections._Ping(asked.append)
    elsewhere = SimpleNamespace(dialect=SimpleNamespace(name="postgresql"))

    ping(elsewhere)

    assert asked == [elsewhere]


def test_a_database_in_memory_works_on(paced):
    engine = create_engine("sqlite:///:memory:")
    with engine.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "memory"
    engine.dispose()


def test_a_database_that_can_not_write_ahead_is_used_as_it_is(paced, tmp_path, caplog):
    file = tmp_path / "hub.sqlite"
    sqlite3.connect(file).execute("CREATE TABLE users (name)").connection.close()
    engine = create_engine(f"sqlite:///file:{file}?mode=ro&uri=true")
    with caplog.at_level(logging.INFO), engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM users")).all() == []
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "delete"
    engine.dispose()
    assert "goes on without a write-ahead log: attempt to write a readonly" in caplog.text
