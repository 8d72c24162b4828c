"""Messages of administrators, until they are dismissed, withdrawn or out of date."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    CursorResult,
    Row,
    Select,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session

from onyxia_hub.errors import MessageGone
from onyxia_hub.store.tables import aware, message_receipts, messages, stored

__all__ = [
    "Message",
    "Sent",
    "current_messages",
    "dismiss",
    "messages_of",
    "send",
    "withdraw",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as its reader sees it.

    Parameters
    ----------
    id
        Its number.
    text
        Plain text; line breaks count.
    sender
        Who sent it.
    sent_at, expires_at
        From when until when it is shown (aware, UTC).
    """

    id: int
    text: str
    sender: str
    sent_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A message as administrators see it.

    Parameters
    ----------
    message
        What is shown.
    to_all
        Whether it is for everybody, also for those who come later.
    recipients
        For how many it is otherwise.
    dismissed
        How many have dismissed it.
    """

    message: Message
    to_all: bool
    recipients: int
    dismissed: int


def send(
    session: Session,
    *,
    text: str,
    sender: str,
    to: Collection[int] | None,
    now: datetime,
    hours: float,
) -> int:
    """Keep a message, and forget those that are out of date.

    Parameters
    ----------
    session
        Of JupyterHub's database; it is committed.
    text
        What `checked_text` returned.
    sender
        Who sends it.
    to
        The numbers of its readers; ``None`` for everybody.
    now
        The present time (aware).
    hours
        For how long it is shown.

    Returns
    -------
    int
        Its number.
    """
    session.execute(delete(messages).where(messages.c.expires_at <= stored(now)))
    made = session.execute(
        insert(messages).values(
            text=text,
            sender=sender,
            sent_at=stored(now),
            expires_at=stored(now + timedelta(hours=hours)),
            to_all=to is None,
        )
    )
    key: Any = cast("CursorResult[Any]", made).inserted_primary_key
    number = int(key[0])
    if to:
        rows = [{"message_id": number, "user_id": user, "dismissed": False} for user in to]
        session.execute(insert(message_receipts), rows)
    session.commit()
    return number


def messages_of(session: Session, user_id: int, *, now: datetime) -> list[Message]:
    """Return what somebody has to read, the latest first.

    Parameters
    ----------
    session
        Of JupyterHub's database.
    user_id
        The user's number.
    now
        The present time (aware).
    """
    rows = session.execute(
        _unread(user_id, now=now).order_by(messages.c.sent_at.desc(), messages.c.id.desc())
    )
    return [_message(row) for row in rows]


def dismiss(session: Session, message_id: int, user_id: int, *, now: datetime) -> None:
    """Show a message to somebody no longer.

    Parameters
    ----------
    session
        Of JupyterHub's database; it is committed.
    message_id, user_id
        The numbers of both.
    now
        The present time (aware).

    Raises
    ------
    MessageGone
        If this user has no such message.
    """
    found = session.execute(_unread(user_id, now=now).where(messages.c.id == message_id)).first()
    if found is None:
        raise MessageGone
    key = {"message_id": message_id, "user_id": user_id}
    if found.to_all:
        session.execute(insert(message_receipts).values(**key, dismissed=True))
    else:
        receipt = and_(
            message_receipts.c.message_id == message_id, message_receipts.c.user_id == user_id
        )
        session.execute(update(message_receipts).where(receipt).values(dismissed=True))
    session.commit()


def current_messages(session: Session, *, now: datetime) -> list[Sent]:
    """Return all messages that are not out of date, the latest first.

    Parameters
    ----------
    session
        Of JupyterHub's database.
    now
        The present time (aware).
    """
    receipts = message_receipts.c
    dismissed = func.sum(case((receipts.dismissed, 1), else_=0))
    query = (
        select(messages, func.count(receipts.user_id).label("people"), dismissed.label("gone"))
        .outerjoin(message_receipts, receipts.message_id == messages.c.id)
        .where(messages.c.expires_at > stored(now))
        .group_by(*messages.c)
        .order_by(messages.c.sent_at.desc(), messages.c.id.desc())
    )
    return [
        Sent(
            message=_message(row),
            to_all=row.to_all,
            recipients=0 if row.to_all else row.people,
            dismissed=row.gone or 0,
        )
        for row in session.execute(query)
    ]


def withdraw(session: Session, message_id: int) -> None:
    """Show a message to nobody any longer.

    Parameters
    ----------
    session
        Of JupyterHub's database; it is committed.
    message_id
        Its number.

    Raises
    ------
    MessageGone
        If there is none of that number.
    """
    found = session.execute(select(messages.c.id).where(messages.c.id == message_id)).first()
    if found is None:
        raise MessageGone
    session.execute(delete(messages).where(messages.c.id == message_id))
    session.commit()


def _unread(user_id: int, *, now: datetime) -> Select[Any]:
    receipts = message_receipts.c
    mine = and_(receipts.message_id == messages.c.id, receipts.user_id == user_id)
    return (
        select(messages)
        .outerjoin(message_receipts, mine)
        .where(
            messages.c.expires_at > stored(now),
            or_(
                receipts.dismissed.is_(False),
                and_(receipts.user_id.is_(None), messages.c.to_all),
            ),
        )
    )


def _message(row: Row[Any]) -> Message:
    return Message(
        id=row.id,
        text=row.text,
        sender=row.sender,
        sent_at=aware(row.sent_at),
        expires_at=aware(row.expires_at),
    )
