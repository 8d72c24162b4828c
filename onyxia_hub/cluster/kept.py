"""What a hub remembers of each object that it watches: what somebody reads of it.

A pod in the API's JSON form takes some 80 kB as Python objects, and most of that is who wrote which
field, and where each variable of its program comes from. A hub with thousands of services would
hold little else.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["Kept", "kept"]

# Longer texts are of one object only.
_SHARED = 40
_CONTAINERS = ("containers", "initContainers")


class Kept(dict[str, dict[str, Any]]):
    """Objects by name, each cut to what `kept` leaves when it is put in."""

    def __init__(self, objects: Mapping[str, dict[str, Any]]) -> None:
        super().__init__({name: kept(each) for name, each in objects.items()})

    def __setitem__(self, name: str, value: dict[str, Any]) -> None:
        super().__setitem__(name, kept(value))


def kept(watched: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object without its ``managedFields``, and of its containers' variables the names.

    Equal short texts are one object in memory, across all objects.

    Parameters
    ----------
    watched
        A Pod or an Event in the API's JSON form. Whoever may write one may write nearly anything in
        it, so nothing is taken for granted.
    """
    found: dict[str, Any] = _shared(watched)
    if isinstance(metadata := found.get("metadata"), dict):
        metadata.pop("managedFields", None)
    if isinstance(spec := found.get("spec"), dict):
        for kind in _CONTAINERS:
            _name_variables(spec.get(kind))
    return found


def _name_variables(containers: Any) -> None:
    for container in containers if isinstance(containers, list) else ():
        if isinstance(container, dict) and isinstance(env := container.get("env"), list):
            container["env"] = [_named(each) for each in env if isinstance(each, dict)]


def _shared(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {sys.intern(str(key)): _shared(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_shared(each) for each in value]
    return sys.intern(value) if isinstance(value, str) and len(value) <= _SHARED else value


def _named(variable: Mapping[str, Any]) -> dict[str, str]:
    return _name(str(variable.get("name")))


@lru_cache(1024)
def _name(name: str) -> dict[str, str]:
    # The same for all pods; nobody writes in what is watched.
    return {"name": name}
