"""Logins, authorization codes and refresh tokens, in one SQLite file.

Cookies, codes and tokens are stored as SHA-256 only: they are long random values, so a fast hash is
enough, and who reads the file gets nothing to log in with. Every change is one transaction, so a
kill at any moment leaves the state before it or after it.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from onyxia_hub.demo.identity.database import connect

__all__ = ["Session", "SessionStore", "StoredCode", "StoredRefreshToken"]


@dataclass(frozen=True, slots=True)
class Session:
    """One login that has not ended.

    Parameters
    ----------
    id
        The ``sid`` claim; public.
    username
        Who logged in.
    auth_time
        When the password was typed, in seconds since 1970.
    expires_at
        When the session ends, in seconds since 1970.
    """

    id: str
    username: str
    auth_time: int
    expires_at: int


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An authorization code, and what it was issued for."""

    session: Session
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str | None
    challenge: str
    expires_at: int
    used: bool


@dataclass(frozen=True, slots=True)
class StoredRefreshToken:
    """A refresh token of a session that has not ended."""

    session: Session
    client_id: str
    scope: str
    used: bool


class SessionStore:
    """The sessions of one state folder; for one thread.

    Parameters
    ----------
    connection
        An open database with the schema in place.
    clock
        Seconds since 1970.
    """

    def __init__(
        self, *, connection: sqlite3.Connection, clock: Callable[[], float] = time.time
    ) -> None:
        self._db = connection
        self._clock = clock

    @classmethod
    def open(cls, file: Path, *, clock: Callable[[], float] = time.time) -> SessionStore:
        """Open the database, or make it; after damage everybody logs in again.

        Raises
        ------
        OSError
            If the folder can't be written, or another process holds the file.
        """
        connection = connect(file)
        store = cls(connection=connection, clock=clock)
        store.sweep()
        return store

    def close(self) -> None:
        """Close the database; nothing is lost without it."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make the changes inside the block together or, on an exception, not at all."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def begin(self, username: str, *, life: int) -> tuple[Session, str]:
        """Start a session of ``life`` seconds and return it with its cookie's value."""
        now = self._now()
        session = Session(str(uuid.uuid4()), username, now, now + life)
        cookie = secrets.token_urlsafe(32)
        self._db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
            (session.id, _hash(cookie), username, session.auth_time, session.expires_at),
        )
        return session, cookie

    def confirm(self, session: Session) -> tuple[Session, str]:
        """Note that the session's user typed the password again; the cookie's value changes."""
        cookie = secrets.token_urlsafe(32)
        renewed = Session(session.id, session.username, self._now(), session.expires_at)
        self._db.execute(
            "UPDATE sessions SET cookie_hash = ?, auth_time = ? WHERE id = ?",
            (_hash(cookie), renewed.auth_time, session.id),
        )
        return renewed, cookie

    def by_id(self, session_id: str) -> Session | None:
        """Return the session with that id unless it has ended."""
        return self._session("id = ?", session_id)

    def by_cookie(self, cookie: str) -> Session | None:
        """Return the session of a cookie's value unless it has ended."""
        return self._session("cookie_hash = ?", _hash(cookie))

    def end(self, session_id: str) -> None:
        """End a session, and with it its cookie, its codes and its refresh tokens."""
        self._db.execute("DELETE FROM sessions WHERE id = ?", (session_id,))

    def save_code(
        self,
        code: str,
        *,
        session: Session,
        client_id: str,
        redirect_uri: str,
        scope: str,
        nonce: str | None,
        challenge: str,
        life: int,
    ) -> None:
        """Keep a new authorization code for ``life`` seconds."""
        self._db.execute(
            "INSERT INTO codes VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)",
            (
                _hash(code),
                session.id,
                client_id,
                redirect_uri,
                scope,
                nonce,
                challenge,
                self._now() + life,
            ),
        )

    def take_code(self, code: str) -> StoredCode | None:
        """Return a code as it was before this call, and mark it used."""
        row = self._one("SELECT * FROM codes WHERE hash = ?", _hash(code))
        session = self.by_id(row["session_id"]) if row else None
        if row is None or session is None:
            return None
        self._db.execute("UPDATE codes SET used = 1 WHERE hash = ?", (row["hash"],))
        return StoredCode(
            session=session,
            client_id=row["client_id"],
            redirect_uri=row["redirect_uri"],
            scope=row["scope"],
            nonce=row["nonce"],
            challenge=row["challenge"],
            expires_at=row["expires_at"],
            used=bool(row["used"]),
        )

    def save_refresh_token(
        self, token: str, *, session: Session, client_id: str, scope: str
    ) -> None:
        """Keep a new refresh token as long as its session."""
        self._db.execute(
            "INSERT INTO refresh_tokens VALUES (?, ?, ?, ?, 0)",
            (_hash(token), session.id, client_id, scope),
        )

    def refresh_token(self, token: str) -> StoredRefreshToken | None:
        """Return a refresh token, used or not, unless its session has ended."""
        row = self._one("SELECT * FROM refresh_tokens WHERE hash = ?", _hash(token))
        session = self.by_id(row["session_id"]) if row else None
        if row is None or session is None:
            return None
        return StoredRefreshToken(session, row["client_id"], row["scope"], bool(row["used"]))

    def use_refresh_token(self, token: str) -> None:
        """Mark a refresh token used; it stays known, so that a second use is noticed."""
        self._db.execute("UPDATE refresh_tokens SET used = 1 WHERE hash = ?", (_hash(token),))

    def sweep(self) -> None:
        """Remove what time has ended."""
        now = self._now()
        with self.transaction():
            self._db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            # A used code stays for a while after its end: its reuse must still be noticed.
            self._db.execute("DELETE FROM codes WHERE expires_at <= ?", (now - 3600,))

    def check(self) -> None:
        """Read from the database.

        Raises
        ------
        sqlite3.Error
            If it can't be read.
        """
        self.by_id("")

    def _session(self, where: str, value: str) -> Session | None:
        row = self._one(
            f"SELECT id, username, auth_time, expires_at FROM sessions WHERE {where}",  # noqa: S608
            value,
        )
        if row is None or row["expires_at"] <= self._now():
            return None
        return Session(*row)

    def _one(self, query: str, value: str) -> Any:
        return self._db.execute(query, (value,)).fetchone()

    def _now(self) -> int:
        return int(self._clock())


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
