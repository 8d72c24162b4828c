"""The tables."""

from __future__ import annotations

from datetime import UTC, datetime

from jupyterhub.orm import Base
from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    ForeignKey,
    Integer,
    Table,
    Unicode,
    UnicodeText,
)

__all__ = ["aware", "failed_launches", "message_receipts", "messages", "stored"]

# As JupyterHub's own names.
_NAME = 255


def _user_column(*, primary_key: bool = False) -> Column[int]:
    return Column(
        "user_id",
        ForeignKey("users.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


#: What administrators tell people. Times are UTC without saying so, as JupyterHub's are.
messages = Table(
    "onyxia_messages",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("text", UnicodeText, nullable=False),
    Column("sender", Unicode(_NAME), nullable=False),
    Column("sent_at", DateTime, nullable=False),
    Column("expires_at", DateTime, nullable=False, index=True),
    Column("to_all", Boolean, nullable=False),
)

#: Whom a message is for, and who has dismissed it. One to all has rows only of the latter.
message_receipts = Table(
    "onyxia_message_receipts",
    Base.metadata,
    Column("message_id", ForeignKey("onyxia_messages.id", ondelete="CASCADE"), primary_key=True),
    _user_column(primary_key=True),
    Column("dismissed", Boolean, nullable=False),
)

#: Launches that did not come to their end, and why.
failed_launches = Table(
    "onyxia_failed_launches",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False, index=True),
    _user_column(),
    Column("server", Unicode(_NAME), nullable=False),
    Column("profile", Unicode(_NAME), nullable=False),
    Column("cause", Unicode(_NAME), nullable=False),
    Column("sentence", UnicodeText, nullable=False),
)


def stored(moment: datetime) -> datetime:
    """Return a moment (aware) as the database keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def aware(moment: datetime) -> datetime:
    """Return a moment of the database (UTC) as an aware one."""
    return moment.replace(tzinfo=UTC)
