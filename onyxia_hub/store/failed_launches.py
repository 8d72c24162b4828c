"""Launches that failed, by cause: the latest thousand, at most a month old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from jupyterhub.orm import User
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from onyxia_hub.errors import LaunchError
from onyxia_hub.store.tables import aware, failed_launches, stored

__all__ = ["Cause", "FailedLaunch", "by_cause", "failures_since", "keep_failure", "told"]

_MOST = 1000
_OLDEST = timedelta(days=30)
# Characters of one sentence.
_LONGEST = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLaunch:
    """A launch that did not come to its end.

    Parameters
    ----------
    at
        When it failed (aware, UTC).
    user, server
        Whose service; the default one's name is empty.
    profile
        Slug of what was launched, as it was asked for; may be any text.
    cause
        Name of the error's class.
    sentence
        What the hub's log says of it; never a secret.
    """

    at: datetime
    user: str
    server: str
    profile: str
    cause: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """How often launches failed for one cause.

    Parameters
    ----------
    cause
        Name of the error's class.
    count
        How often.
    users
        How many people met it.
    last
        The latest of them.
    """

    cause: str
    count: int
    users: int
    last: FailedLaunch


def told(error: BaseException) -> tuple[str, str]:
    """Return the cause of a failure, and a sentence for administrators.

    Only errors of this package are known to hold no secret; of others the class is told.

    Parameters
    ----------
    error
        What ended the launch.
    """
    cause = type(error).__name__
    if isinstance(error, LaunchError):
        # What only the person may read of the program's words is not in the log's.
        sentence = error.log_sentence.format(**error.facts) if error.log_sentence else error.message
        return cause, sentence[:_LONGEST]
    if isinstance(error, TimeoutError):
        return cause, "The service did not start within the hub's limit."
    return cause, f"Something unforeseen ended it ({cause}). The hub's log has more."


def keep_failure(
    session: Session, error: BaseException, *, at: datetime, user_id: int, server: str, profile: str
) -> None:
    """Keep one failed launch, and forget the oldest.

    Parameters
    ----------
    session
        Of JupyterHub's database; it is committed.
    error
        What ended the launch.
    at
        When (aware).
    user_id, server
        Whose service.
    profile
        Slug of what was launched.
    """
    cause, sentence = told(error)
    session.execute(
        insert(failed_launches).values(
            at=stored(at),
            user_id=user_id,
            server=server,
            profile=_storable(profile)[:255],
            cause=cause,
            sentence=_storable(sentence),
        )
    )
    number = failed_launches.c.id
    newest = select(number).order_by(number.desc()).offset(_MOST).limit(1)
    beyond = session.execute(newest).scalar()
    if beyond is not None:
        session.execute(delete(failed_launches).where(number <= beyond))
    session.execute(delete(failed_launches).where(failed_launches.c.at < stored(at - _OLDEST)))
    session.commit()


def failures_since(session: Session, since: datetime) -> list[FailedLaunch]:
    """Return the launches that failed since then, the latest first.

    Parameters
    ----------
    session
        Of JupyterHub's database.
    since
        A moment (aware).
    """
    columns = failed_launches.c
    rows = session.execute(
        select(User.name, columns.server, columns.profile)
        .add_columns(columns.at, columns.cause, columns.sentence)
        .join(User, User.id == columns.user_id)
        .where(columns.at >= stored(since))
        .order_by(columns.id.desc())
    )
    return [
        FailedLaunch(
            at=aware(row.at),
            user=row.name,
            server=row.server,
            profile=row.profile,
            cause=row.cause,
            sentence=row.sentence,
        )
        for row in rows
    ]


def by_cause(failures: Iterable[FailedLaunch]) -> list[Cause]:
    """Return how often each cause came, the most frequent first.

    Parameters
    ----------
    failures
        The failures, the latest first.
    """
    found: dict[str, list[FailedLaunch]] = {}
    for failure in failures:
        found.setdefault(failure.cause, []).append(failure)
    causes = [
        Cause(
            cause=cause,
            count=len(group),
            users=len({failure.user for failure in group}),
            last=group[0],
        )
        for cause, group in found.items()
    ]
    return sorted(causes, key=lambda cause: (-cause.count, cause.cause))


def _storable(text: str) -> str:
    """Return a text without what not every database takes; it may be anybody's."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
