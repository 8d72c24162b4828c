from __future__ import annotations

import sqlite3

import pytest

from onyxia_hub.demo.identity.sessions import SessionStore


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "sessions.sqlite"


@pytest.fixture
def store(file, clock):
    store = SessionStore.open(file, clock=clock)
    yield store
    store.close()


def a_token(store, session, token="token"):
    store.save_refresh_token(token, session=session, client_id="c", scope="openid")


def test_a_session_ends_with_its_time(store, clock):
    session, cookie = store.begin("alice", life=60)
    a_token(store, session)
    clock.now += 59
    assert store.by_cookie(cookie) == session
    assert store.refresh_token("token").session == session
    clock.now += 1
    assert store.by_cookie(cookie) is None
    assert store.by_id(session.id) is None
    assert store.refresh_token("token") is None


def test_typing_the_password_again_changes_the_cookie_but_not_the_end(store, clock):
    session, cookie = store.begin("alice", life=60)
    clock.now += 10
    renewed, other = store.confirm(session)
    assert store.by_cookie(cookie) is None
    assert store.by_cookie(other) == renewed
    assert renewed.id == session.id
    assert renewed.auth_time == session.auth_time + 10
    assert renewed.expires_at == session.expires_at


def test_the_end_of_a_session_takes_its_codes_and_tokens_and_no_others(store):
    session, _ = store.begin("alice", life=60)
    other, _ = store.begin("alice", life=60)
    a_token(store, session, "one")
    a_token(store, other, "two")
    store.end(session.id)
    assert store.refresh_token("one") is None
    assert store.refresh_token("two").session == other


def test_a_code_is_taken_once_and_known_the_second_time(store):
    session, _ = store.begin("alice", life=60)
    store.save_code(
        "code",
        session=session,
        client_id="c",
        redirect_uri="http://127.0.0.1/",
        scope="openid",
        nonce=None,
        challenge="x",
        life=60,
    )
    assert store.take_code("code").used is False
    assert store.take_code("code").used is True
    assert store.take_code("other") is None


def test_what_fails_in_the_middle_changes_nothing(store):
    session, _ = store.begin("alice", life=60)
    a_token(store, session)

    def half_a_rotation():
        with store.transaction():
            a_token(store, session, "next")
            store.use_refresh_token("token")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        half_a_rotation()
    assert store.refresh_token("next") is None
    assert store.refresh_token("token").used is False


def test_what_is_over_is_removed_from_the_file(store, clock):
    session, _ = store.begin("alice", life=60)
    a_token(store, session)
    clock.now += 61
    store.sweep()
    left = [
        store._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in ("sessions", "codes", "refresh_tokens")
    ]
    assert left == [0, 0, 0]


def _half(file):
    SessionStore.open(file).close()
    file.write_bytes(file.read_bytes()[:6000])


def _noise(file):
    file.write_bytes(b"not a database, but long enough to be read as one" * 40)


@pytest.mark.parametrize("damage", [_half, _noise])
def test_a_damaged_file_is_set_aside_and_kept(file, damage, caplog):
    damage(file)
    content = file.read_bytes()
    store = SessionStore.open(file)
    session, cookie = store.begin("alice", life=60)
    assert store.by_cookie(cookie) == session
    store.close()
    [aside] = file.parent.glob("sessions.sqlite.broken-*")
    assert aside.read_bytes() == content
    assert "moved to" in caplog.text


def test_tables_of_another_program_are_set_aside_and_kept(file):
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE codes (something_else TEXT)")
    other.close()
    SessionStore.open(file).close()
    [aside] = file.parent.glob("sessions.sqlite.broken-*")
    with sqlite3.connect(aside) as kept:
        assert kept.execute("SELECT count(something_else) FROM codes").fetchone() == (0,)
    kept.close()


def test_a_file_of_another_version_is_set_aside(file):
    with sqlite3.connect(file) as other:
        other.execute("PRAGMA user_version = 99")
    other.close()
    SessionStore.open(file).close()
    assert len(list(file.parent.glob("sessions.sqlite.broken-*"))) == 1


def test_a_file_that_another_process_holds_is_not_called_damaged(file, monkeypatch):
    SessionStore.open(file).close()
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: connect(*a, timeout=0, **k))
    holder = connect(file, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(OSError, match="locked"):
            SessionStore.open(file)
    finally:
        holder.close()
    assert list(file.parent.glob("*.broken-*")) == []
