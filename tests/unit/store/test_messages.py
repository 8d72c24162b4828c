"""Messages in JupyterHub's own database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from jupyterhub import orm

from onyxia_hub.errors import MessageGone, MessageRefused, RecipientsUnknown
from onyxia_hub.store.drafts import (
    LONGEST_TEXT,
    MOST_HOURS,
    USUAL_HOURS,
    checked_hours,
    checked_names,
    checked_text,
    ids_of,
)
from onyxia_hub.store.messages import current_messages, dismiss, messages_of, send, withdraw

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


@pytest.fixture
def tell(session):
    def sent(text="Hello", *, to=None, hours=24, at=NOW):
        return send(session, text=text, sender="root", to=to, now=at, hours=hours)

    return sent


def read(session, user, *, now=NOW):
    return [message.text for message in messages_of(session, user, now=now)]


def test_a_message_is_for_its_readers_only(session, ids, tell):
    tell("for bob", to=[ids["bob"]])
    assert read(session, ids["bob"]) == ["for bob"]
    assert read(session, ids["alice"]) == []


def test_a_message_to_all_reaches_those_who_come_later(session, ids, tell):
    tell("for all")
    session.add(orm.User(name="dora"))
    session.commit()
    dora = orm.User.find(session, "dora")
    assert read(session, dora.id) == read(session, ids["alice"]) == ["for all"]


@pytest.mark.parametrize("to_all", [True, False])
def test_dismissed_by_one_it_stays_for_the_others(session, ids, tell, to_all):
    number = tell(to=None if to_all else [ids["alice"], ids["bob"]])
    dismiss(session, number, ids["alice"], now=NOW)
    assert read(session, ids["alice"]) == []
    assert read(session, ids["bob"]) == ["Hello"]
    with pytest.raises(MessageGone):
        dismiss(session, number, ids["alice"], now=NOW)
    sent = current_messages(session, now=NOW)[0]
    assert (sent.to_all, sent.recipients, sent.dismissed) == (to_all, 0 if to_all else 2, 1)


def test_nobody_dismisses_what_is_for_others(session, ids, tell):
    number = tell(to=[ids["bob"]])
    with pytest.raises(MessageGone):
        dismiss(session, number, ids["alice"], now=NOW)
    assert read(session, ids["bob"]) == ["Hello"]


def test_a_message_ends_by_itself_and_is_forgotten_with_the_next(session, ids, tell):
    number = tell("short", to=[ids["bob"]], hours=1)
    tell("long", hours=2)
    later = NOW + timedelta(hours=1)
    assert read(session, ids["bob"], now=later) == ["long"]
    assert [sent.message.text for sent in current_messages(session, now=later)] == ["long"]
    tell("next", at=later)
    with pytest.raises(MessageGone):
        withdraw(session, number)


def test_the_latest_is_read_first(session, ids, tell):
    tell("first")
    tell("second", to=[ids["bob"]], at=NOW + timedelta(minutes=1))
    assert read(session, ids["bob"]) == ["second", "first"]


def test_withdrawn_nobody_sees_it(session, ids, tell):
    number = tell(to=[ids["alice"], ids["bob"]])
    dismiss(session, number, ids["alice"], now=NOW)
    withdraw(session, number)
    assert read(session, ids["bob"]) == []
    assert current_messages(session, now=NOW) == []
    with pytest.raises(MessageGone):
        withdraw(session, number)


def test_a_deleted_user_takes_what_was_for_them_along(session, ids, tell):
    tell(to=[ids["alice"], ids["bob"]])
    session.delete(orm.User.find(session, "bob"))
    session.commit()
    assert current_messages(session, now=NOW)[0].recipients == 1


def test_people_are_found_by_name_and_the_unknown_are_named(session, ids):
    assert ids_of(session, {"alice", "bob"}) == [ids["alice"], ids["bob"]]
    with pytest.raises(RecipientsUnknown, match="name eve, mallory, un0, un1, un2 and 1 more"):
        ids_of(session, {"alice", "eve", "mallory", "un0", "un1", "un2", "zed"})
    with pytest.raises(RecipientsUnknown):
        ids_of(session, {"\ud800"})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        (None, "empty"),
        ("", "empty"),
        (" \n ", "empty"),
        (["x"], "empty"),
        ("x" * (LONGEST_TEXT + 1), f"has {LONGEST_TEXT + 1} characters"),
        ("red \x1b[31m", "can't be shown"),
        ("left\u202eright", "can't be shown"),
    ],
)
def test_what_is_no_text_is_refused(text, word):
    with pytest.raises(MessageRefused, match=word):
        checked_text(text)


def test_a_text_keeps_its_lines_and_its_signs():
    assert checked_text(" <b>100 %</b>\r\n1 < 2 ") == "<b>100 %</b>\n1 < 2"
    french = "Arrêt\u202f: 18\u00a0h. Désolé\u202f! \U0001f469\u200d\U0001f4bb"
    assert checked_text(french) == french
    assert len(checked_text("x" * LONGEST_TEXT)) == LONGEST_TEXT


def test_hours_have_bounds():
    assert checked_hours(None) == USUAL_HOURS
    assert checked_hours(0.5) == 0.5
    for hours in (0, -1, MOST_HOURS + 1, "2", True, float("nan"), float("inf")):
        with pytest.raises(MessageRefused, match="hours is no number"):
            checked_hours(hours)


def test_readers_are_named_or_all():
    assert checked_names("all") is None
    assert checked_names(["bob", "bob"]) == {"bob"}
    for to in (None, [], "bob", [1], {"bob": 1}):
        with pytest.raises(MessageRefused, match="to names nobody"):
            checked_names(to)
