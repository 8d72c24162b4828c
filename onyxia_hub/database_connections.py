"""How the hub's connections to its database begin: what SQLite is told, and who is asked first.

A launch is eight transactions of JupyterHub's, on the thread that does all else, so what each of
them costs is felt by everybody.
"""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

from jupyterhub import orm
from sqlalchemy import event
from sqlalchemy.engine import Engine

__all__ = ["pace_sqlite"]

_log = logging.getLogger(__name__)


def pace_sqlite() -> None:
    """Let SQLite write ahead, and don't ask a file whether it is still there. May be called again.

    With a write-ahead log (https://sqlite.org/wal.html) a transaction waits for the disk once
    instead of three times, and is as safe as before: ``synchronous`` is ``FULL``. The file says
    itself that it is of this kind, so every program that opens it does the same. Where such a log
    can't be, the hub goes on without.

    JupyterHub asks each connection for ``SELECT 1`` before each transaction (``orm.py``,
    ``register_ping_connection``), for databases that may have gone away meanwhile.
    """
    if not event.contains(Engine, "connect", _write_ahead):
        event.listen(Engine, "connect", _write_ahead)
    if not isinstance(orm.register_ping_connection, _Ping):
        orm.register_ping_connection = _Ping(orm.register_ping_connection)


def _write_ahead(connection: Any, _: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    try:
        connection.execute("PRAGMA journal_mode = WAL")
    except sqlite3.OperationalError as problem:
        _log.info("SQLite goes on without a write-ahead log: %s", problem)
    connection.execute("PRAGMA synchronous = FULL")


class _Ping:
    def __init__(self, ping: Any) -> None:
        self._ping = ping

    def __call__(self, engine: Engine) -> None:
        if engine.dialect.name != "sqlite":
            self._ping(engine)
