"""JupyterHub's own client for logins, without the hub's database layer.

`jupyterhub.services.auth` needs two pure functions of ``jupyterhub.scopes`` and
``jupyterhub.utils``, and these modules import the hub's tables, so SQLAlchemy and Alembic come
along: 30 MiB that each service would hold and never use (JupyterHub 6.1, 72 MiB against 42 MiB).
While that one module is imported, placeholders stand for the database layer; they are gone
afterwards. Whoever imported these parts before keeps them, and when JupyterHub needs more of them
than their names, the plain import takes over.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["DATABASE_LAYER", "services_auth"]

DATABASE_LAYER = ("sqlalchemy", "sqlalchemy.exc", "jupyterhub.orm", "jupyterhub.roles")
"""Modules that are only imported, never called, on the way to `jupyterhub.services.auth`."""

_WANTED = "jupyterhub.services.auth"


class _Placeholder(ModuleType):
    def __getattr__(self, name: str) -> type[Exception]:
        # The one thing taken at import: SQLAlchemyError, for an except clause of the hub.
        if name.startswith("__") or not name.endswith("Error"):
            raise AttributeError(name)
        return type(name, (Exception,), {})


@contextmanager
def _without_database_layer() -> Iterator[None]:
    placed = {name: _Placeholder(name) for name in DATABASE_LAYER if name not in sys.modules}
    sys.modules.update(placed)
    try:
        yield
    finally:
        for name, placeholder in placed.items():
            if sys.modules.get(name) is placeholder:
                del sys.modules[name]


def services_auth() -> Any:
    """Return the module `jupyterhub.services.auth`.

    It is untyped, as is all of JupyterHub.
    """
    if _WANTED in sys.modules:
        return sys.modules[_WANTED]
    before = set(sys.modules)
    try:
        with _without_database_layer():
            return importlib.import_module(_WANTED)
    except (ImportError, AttributeError):
        # Half-imported modules would remember the placeholders.
        for name in set(sys.modules) - before:
            if name.partition(".")[0] == "jupyterhub":
                del sys.modules[name]
        return importlib.import_module(_WANTED)
