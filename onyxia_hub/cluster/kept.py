"""What a hub remembers of each object that it watches: what somebody reads of it.

A pod in the API's JSON form takes some 80 kB as Python objects, and most of that is who wrote which
field, and where each variable of its program comes from. A hub with thousands of services would
hold little else.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

__all__ = ["Kept", "kept"]

# Longer texts are of one object only.
_SHARED = 40
_CONTAINERS = ("containers", "initContainers")
_WHO_WROTE = "managedFields"


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
    found = dict(watched)
    # What is forgotten is most of it, so it is left out before all else is looked through.
    if isinstance(metadata := found.get("metadata"), dict):
        found["metadata"] = {name: each for name, each in metadata.items() if name != _WHO_WROTE}
    if isinstance(spec := found.get("spec"), dict):
        found["spec"] = spec | {
            kind: [_naming_variables(each) for each in containers]
            for kind in _CONTAINERS
            if isinstance(containers := spec.get(kind), list)
        }
    shared: dict[str, Any] = _shared(found)
    return shared


def _naming_variables(container: Any) -> Any:
    if isinstance(container, dict) and isinstance(env := container.get("env"), list):
        return container | {"env": [_named(each) for each in env if isinstance(each, dict)]}
    return container


def _shared(value: Any) -> Any:
    # Types as JSON has them, by which a variable stays what it is: this is called for each value of
    # all that is watched.
    kind = type(value)
    if kind is str:
        return _one(value) if len(value) <= _SHARED else value
    if kind is dict:
        return {_one(key): _shared(each) for key, each in value.items()}
    return [_shared(each) for each in value] if kind is list else value


@lru_cache(8192)
def _one(text: str) -> str:
    # What is interned by `sys` is never forgotten in some releases of Python 3.12.
    return text


class _Variable(dict[str, str]):
    """A variable's name, the same object for all pods; nobody writes in what is watched."""


def _named(variable: Mapping[str, Any]) -> _Variable:
    return _variable(str(variable.get("name")))


@lru_cache(1024)
def _variable(name: str) -> _Variable:
    return _Variable(name=name)
