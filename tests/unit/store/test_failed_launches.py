"""Failed launches in JupyterHub's own database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from jupyterhub import orm

from onyxia_hub.errors import InvalidOption, NoRoom, ProgramFailed
from onyxia_hub.store import failed_launches
from onyxia_hub.store.failed_launches import by_cause, failures_since, keep_failure, told

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WRONG = InvalidOption(field="cpu_limit", problem="100 is more than 8", fix="Choose less.")


@pytest.fixture
def fail(session, ids):
    def kept(error=WRONG, *, user="alice", at=NOW):
        keep_failure(session, error, at=at, user_id=ids[user], server="lab", profile="tiny")

    return kept


def test_causes_are_counted_the_most_frequent_first(session, fail):
    fail()
    fail(ProgramFailed(display_name="Tiny", exit_code=3, hint=""), user="bob")
    fail(user="bob", at=NOW + timedelta(minutes=1))
    causes = by_cause(failures_since(session, NOW - timedelta(hours=1)))
    assert [(each.cause, each.count, each.users) for each in causes] == [
        ("InvalidOption", 2, 2),
        ("ProgramFailed", 1, 1),
    ]
    assert causes[0].last.user == "bob"
    assert causes[0].last.sentence == "cpu_limit: 100 is more than 8. Choose less."


def test_only_what_failed_since_then_counts(session, fail):
    fail(at=NOW - timedelta(hours=25))
    fail(at=NOW)
    found = failures_since(session, NOW - timedelta(hours=24))
    assert [failure.at for failure in found] == [NOW]


def test_the_oldest_are_forgotten(session, fail, monkeypatch):
    monkeypatch.setattr(failed_launches, "_MOST", 3)
    for minute in range(5):
        fail(at=NOW + timedelta(minutes=minute))
    found = failures_since(session, NOW - timedelta(days=365))
    assert [failure.at.minute for failure in found] == [4, 3, 2]
    fail(at=NOW + timedelta(days=31))
    assert len(failures_since(session, NOW - timedelta(days=365))) == 1


def test_they_go_with_their_user(session, fail):
    fail(user="bob")
    session.delete(orm.User.find(session, "bob"))
    session.commit()
    assert failures_since(session, NOW - timedelta(hours=1)) == []


def test_administrators_read_what_the_log_says():
    error = ProgramFailed(display_name="Tiny", exit_code=3, hint="Its last words were: my income")
    assert told(error) == ("ProgramFailed", "Tiny ended with exit code 3 before it was ready.")
    room = NoRoom(why="No node has 64 cores", display_name="Tiny", seconds=30)
    assert told(room) == ("NoRoom", room.message)


def test_the_words_of_an_error_that_nobody_foresaw_are_not_told():
    cause, sentence = told(RuntimeError("token=hunter2"))
    assert cause == "RuntimeError"
    assert "hunter2" not in sentence
    assert told(TimeoutError("x"))[1] == "The service did not start within the hub's limit."


def test_a_profile_of_any_text_can_be_kept(session, ids):
    nasty = "\ud800\x00" + "x" * 300
    keep_failure(session, WRONG, at=NOW, user_id=ids["bob"], server="", profile=nasty)
    assert failures_since(session, NOW)[0].profile == "  " + "x" * 253
