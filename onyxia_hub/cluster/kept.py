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
    # What is forgotten is most of it, so it is left out before all else is looked through.
    return {sys.intern(str(key)): _part(key, part) for key, part in watched.items()}


def _part(key: str, part: Any) -> Any:
    if isinstance(part, Mapping):
        if key == "metadata":
            return _shared({name: each for name, each in part.items() if name != "managedFields"})
        if key == "spec":
            return {
                sys.intern(str(name)): (
                    [_container(one) for one in each]
                    if name in _CONTAINERS and isinstance(each, list)
                    else _shared(each)
                )
                for name, each in part.items()
            }
    return _shared(part)


def _container(container: Any) -> Any:
    if not isinstance(container, Mapping):
        return _shared(container)
    found = {
        sys.intern(str(name)): _shared(each) for name, each in container.items() if name != "env"
    }
    if "env" in container:
        env = container["env"]
        found["env"] = (
            [_named(each) for each in env if isinstance(each, Mapping)]
            if isinstance(env, list)
            else _shared(env)
        )
    return found


def _shared(value: Any) -> Any:
    # Types as JSON has them: this is called for each value of all that is watched.
    kind = type(value)
    if kind is str:
        return sys.intern(value) if len(value) <= _SHARED else value
    if kind is dict:
        return {sys.intern(str(key)): _shared(each) for key, each in value.items()}
    return [_shared(each) for each in value] if kind is list else value


def _named(variable: Mapping[str, Any]) -> dict[str, str]:
    return _name(str(variable.get("name")))


@lru_cache(1024)
def _name(name: str) -> dict[str, str]:
    # The same for all pods; nobody writes in what is watched.
    return {"name": name}
