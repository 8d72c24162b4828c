"""The events of one pod among all that a hub watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["events_of"]

# What KubeSpawner reads of an event without asking whether it is there.
_EXPECTED = {"lastTimestamp": None, "eventTime": None, "type": "", "message": "", "reason": ""}


def events_of(
    events: Iterable[Mapping[str, Any]], *, namespace: str, pod: str
) -> list[dict[str, Any]]:
    """Return a pod's events, the latest last.

    Whoever may make events in a namespace may write nearly anything in them, so nothing is taken
    for granted (core/v1 Event).

    Parameters
    ----------
    events
        Events of any pods in the API's JSON form.
    namespace, pod
        The pod.
    """
    found = [
        _EXPECTED | dict(event)
        for event in events
        if (of := event.get("involvedObject") or {}).get("name") == pod
        and of.get("namespace", namespace) == namespace
    ]
    return sorted(found, key=_when)


def _when(event: Mapping[str, Any]) -> str:
    # RFC 3339 in UTC throughout, so texts sort as times do, to the second.
    return str(event["lastTimestamp"] or event["eventTime"] or "")
