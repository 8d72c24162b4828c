"""The SQLite file behind the sessions: its schema, and what happens when it is damaged."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from onyxia_hub.demo.identity.files import set_aside

__all__ = ["connect"]

_VERSION = 1
# Of SQLite's result codes those that blame the file's content, unlike a lock or a full disk; 0 for
# what `_open` finds itself.
_DAMAGE = {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS sessions (
    id TEXT PRIMARY KEY, cookie_hash TEXT NOT NULL UNIQUE, username TEXT NOT NULL,
    auth_time INTEGER NOT NULL, expires_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS codes (
    hash TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    client_id TEXT NOT NULL, redirect_uri TEXT NOT NULL, scope TEXT NOT NULL, nonce TEXT,
    challenge TEXT NOT NULL, expires_at INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE IF NOT EXISTS refresh_tokens (
    hash TEXT PRIMARY KEY, session_id TEXT NOT NULL REFERENCES sessions(id) ON DELETE CASCADE,
    client_id TEXT NOT NULL, scope TEXT NOT NULL, used INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS codes_of_session ON codes(session_id);
CREATE INDEX IF NOT EXISTS refresh_tokens_of_session ON refresh_tokens(session_id);
"""


def connect(file: Path) -> sqlite3.Connection:
    """Open the database, or make it; one that is damaged is set aside and made anew.

    Raises
    ------
    OSError
        If the folder can't be written, or another process holds the file.
    """
    try:
        return _open(file)
    except sqlite3.DatabaseError as cause:
        if (getattr(cause, "sqlite_errorcode", 0) & 0xFF) not in _DAMAGE:
            raise OSError(f"{file}: {cause}") from cause
        # SQLite's words name tables and pages, never values
        set_aside(file, why=str(cause))
    for suffix in ("-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    return _open(file)


def _open(file: Path) -> sqlite3.Connection:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if found != "ok" or version not in (0, _VERSION):
            raise sqlite3.DatabaseError(f"check: {found}, schema version {version}")
        connection.execute("PRAGMA journal_mode = WAL")
        # Safe against a kill of the process; a power cut may cost the last logins, not the file.
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.executescript(_SCHEMA)
        connection.execute(f"PRAGMA user_version = {_VERSION}")
    except BaseException:
        connection.close()
        raise
    return connection
