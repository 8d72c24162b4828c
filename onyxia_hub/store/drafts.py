"""What a message of an administrator may be, and for whom."""

from __future__ import annotations

import re
from collections.abc import Collection

from jupyterhub.orm import User
from sqlalchemy import select
from sqlalchemy.orm import Session

from onyxia_hub.errors import MessageRefused, RecipientsUnknown
from onyxia_hub.language import Said

__all__ = [
    "LONGEST_TEXT",
    "MOST_HOURS",
    "USUAL_HOURS",
    "checked_hours",
    "checked_names",
    "checked_text",
    "ids_of",
]

#: Most characters of a message.
LONGEST_TEXT = 1000
#: For how long a message is shown at most and usually, in hours.
MOST_HOURS, USUAL_HOURS = 30 * 24, 24
# Controls, lone surrogates, and what turns the direction of the text around it (Unicode, UAX #9).
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
# Names in one sentence.
_MOST_NAMES = 5


def checked_text(text: object) -> str:
    """Return the text of a message without spaces around it.

    Raises
    ------
    MessageRefused
        If it is no text, empty, too long, or has characters that can't be shown.
    """
    shown = text.strip() if isinstance(text, str) else ""
    if not shown:
        raise MessageRefused(
            field="text", problem=Said("is empty"), fix=Said("Write what is to be shown.")
        )
    if len(shown) > LONGEST_TEXT:
        raise MessageRefused(
            field="text",
            problem=Said("has {count} characters", count=len(shown)),
            fix=Said("Shorten it to {longest_text}.", longest_text=LONGEST_TEXT),
        )
    shown = shown.replace("\r\n", "\n")
    if _UNSHOWABLE.search(shown):
        raise MessageRefused(
            field="text",
            problem=Said("has characters that can't be shown"),
            fix=Said("Write it as plain text; lines may be broken."),
        )
    return shown


def ids_of(session: Session, names: Collection[str]) -> list[int]:
    """Return the numbers of people.

    Parameters
    ----------
    session
        Of JupyterHub's database.
    names
        Their user names.

    Raises
    ------
    RecipientsUnknown
        Naming those whom the hub does not know.
    """
    # Not every database takes every text.
    possible = [name for name in names if name.isprintable()]
    people = session.execute(select(User.name, User.id).where(User.name.in_(possible)))
    found: dict[str, int] = {person.name: person.id for person in people}
    unknown = sorted(set(names) - found.keys())
    if unknown:
        more = f" and {len(unknown) - _MOST_NAMES} more" if len(unknown) > _MOST_NAMES else ""
        raise RecipientsUnknown(names=", ".join(unknown[:_MOST_NAMES]) + more)
    return sorted(found.values())


def checked_hours(hours: object) -> float:
    """Return for how long a message is shown, in hours; the usual time for ``None``.

    Raises
    ------
    MessageRefused
        If it is no number, or out of bounds.
    """
    if hours is None:
        return USUAL_HOURS
    if isinstance(hours, int | float) and not isinstance(hours, bool) and 0 < hours <= MOST_HOURS:
        return hours
    raise MessageRefused(
        field="hours",
        problem=Said("is no number of hours that a message can be shown"),
        fix=Said(
            "Write more than 0 and at most {most_hours}, or leave it out for {usual_hours}.",
            most_hours=MOST_HOURS,
            usual_hours=USUAL_HOURS,
        ),
    )


def checked_names(to: object) -> frozenset[str] | None:
    """Return the names of a message's readers, ``None`` for everybody.

    Parameters
    ----------
    to
        A list of user names, or the word ``all``.

    Raises
    ------
    MessageRefused
        If it is neither.
    """
    if to == "all":
        return None
    if isinstance(to, list) and to and all(isinstance(name, str) for name in to):
        return frozenset(to)
    raise MessageRefused(
        field="to",
        problem=Said("names nobody"),
        fix=Said('Write a list of user names such as ["alice"], or "all" for everybody.'),
    )
