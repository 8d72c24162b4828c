"""A service as the overview shows it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

__all__ = ["ACTIVE", "Service", "State", "as_json"]


class State(StrEnum):
    """What a service does."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"


#: The states in which a service holds resources.
ACTIVE = frozenset({State.RUNNING, State.STARTING, State.STOPPING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service of anybody.

    Parameters
    ----------
    user, name
        Whose, and its name; the default one's is empty.
    display_name
        How its owner calls it; may be empty.
    profile
        Slug of its profile; empty if it never had one.
    title
        How people call the profile; the slug if the catalogue no longer has it.
    state
        What it does.
    started
        Since when it runs (aware, UTC); ``None`` if it does not.
    last_activity
        When it was used last; ``None`` if it never was.
    stops_at
        When it is stopped unless somebody uses it; ``None`` if never.
    cpu_request, cpu_limit
        Cores; ``None``, as all amounts, if they can't be told.
    memory_request, memory_limit
        Bytes.
    gpu
        Devices.
    problems
        Sentences on credentials that could not be renewed.
    """

    user: str
    name: str
    display_name: str
    profile: str
    title: str
    state: State
    started: datetime | None = None
    last_activity: datetime | None = None
    stops_at: datetime | None = None
    cpu_request: float | None = None
    cpu_limit: float | None = None
    memory_request: int | None = None
    memory_limit: int | None = None
    gpu: int | None = None
    problems: tuple[str, ...] = ()

    def idle(self, now: datetime) -> float | None:
        """Return for how long nobody has used it, in seconds; ``None`` if nobody ever has."""
        if self.last_activity is None:
            return None
        return max((now - self.last_activity).total_seconds(), 0.0)


def as_json(service: Service) -> dict[str, Any]:
    """Return a service for an answer in JSON; times in ISO 8601."""
    return {
        name: value.isoformat(timespec="seconds") if isinstance(value, datetime) else value
        for name, value in asdict(service).items()
    }
