"""Which services of the overview are wanted, and in what order."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from onyxia_hub.errors import FilterRefused
from onyxia_hub.language import Said
from onyxia_hub.overview.services import ACTIVE, Service, State

__all__ = ["SORTS", "STATES", "Selection"]

#: What a service can be sorted by. Names go by their letters whatever their case.
SORTS: Mapping[str, Callable[[Service], Any]] = {
    "user": lambda service: service.user.casefold(),
    "name": lambda service: (service.display_name or service.name).casefold(),
    "profile": lambda service: service.title.casefold() or None,
    "state": lambda service: list(State).index(service.state),
    "started": lambda service: service.started,
    "last_activity": lambda service: service.last_activity,
    "stops_at": lambda service: service.stops_at,
    "cpu_request": lambda service: service.cpu_request,
    "memory_request": lambda service: service.memory_request,
    "gpu": lambda service: service.gpu,
}
#: The words for one state or several.
STATES: Mapping[str, frozenset[State]] = {
    **{state.value: frozenset({state}) for state in State},
    "active": ACTIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which services, and in what order.

    Parameters
    ----------
    user, profile
        Only this user's and this profile's; empty for all.
    states
        Only in one of these.
    idle_longer_than
        Only those that nobody has used for so many seconds; 0 for all.
    text
        Only those with this in a name of theirs, whatever its case.
    sort
        A key of `SORTS`.
    descending
        Whether the largest comes first. What has no value comes last either way.
    """

    user: str = ""
    profile: str = ""
    states: frozenset[State] = frozenset(State)
    idle_longer_than: float = 0.0
    text: str = ""
    sort: str = "user"
    descending: bool = False

    @classmethod
    def of(cls, parameters: Mapping[str, str]) -> Self:
        """Return the selection that a request asks for.

        Parameters
        ----------
        parameters
            ``user``, ``profile``, ``state``, ``idle_longer_than``, ``q`` and ``sort``, whose value
            may have a minus in front; what is left out or empty selects nothing.

        Raises
        ------
        FilterRefused
            Naming the parameter, what is wrong with it, and what to write instead.
        """
        sort = parameters.get("sort") or "user"
        state = parameters.get("state") or ""
        return cls(
            user=parameters.get("user", ""),
            profile=parameters.get("profile", ""),
            states=STATES[_one_of("state", state, STATES)] if state else frozenset(State),
            idle_longer_than=_seconds(parameters.get("idle_longer_than") or "0"),
            text=parameters.get("q", "").strip().casefold(),
            sort=_one_of("sort", sort.removeprefix("-"), SORTS),
            descending=sort.startswith("-"),
        )

    def apply(self, services: Iterable[Service], *, now: datetime) -> list[Service]:
        """Return the services that are wanted, in order.

        Parameters
        ----------
        services
            All of them, by user and name; what is equal stays so.
        now
            The present time (aware).
        """
        wanted = [service for service in services if self._wants(service, now)]
        value = SORTS[self.sort]
        known = [service for service in wanted if value(service) is not None]
        unknown = [service for service in wanted if value(service) is None]
        return [*sorted(known, key=value, reverse=self.descending), *unknown]

    def _wants(self, service: Service, now: datetime) -> bool:
        if self.user not in {"", service.user} or self.profile not in {"", service.profile}:
            return False
        if service.state not in self.states:
            return False
        if self.idle_longer_than and (service.idle(now) or 0) <= self.idle_longer_than:
            return False
        names = (service.user, service.name, service.display_name, service.profile, service.title)
        return not self.text or any(self.text in name.casefold() for name in names)


def _one_of(parameter: str, value: str, allowed: Mapping[str, object]) -> str:
    if value in allowed:
        return value
    raise FilterRefused(
        parameter=parameter,
        problem=Said("“{value}” is not known", value=value[:40]),
        fix=Said("Choose one of: {choices}.", choices=", ".join(allowed)),
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if math.isfinite(seconds) and seconds >= 0:
        return seconds
    raise FilterRefused(
        parameter="idle_longer_than",
        problem=Said("“{text}” is no number of seconds", text=text[:40]),
        fix=Said("Write for example 3600 for an hour."),
    )
