"""Reading a pod and its events, as the API writes them, without tripping over what is missing.

Everything comes from the cluster's API, so the shapes are core/v1's (PodStatus, ContainerStatus,
Event). Yet a pod that was just made has no statuses, and what can be absent can be null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.hiding import hide
from onyxia_hub.last_output import end_of

__all__ = ["ContainerView", "Event", "PodView"]

# Longer than what the kubelet keeps, so that nothing is cut before secrets are taken out.
_WHOLE = 10_000


class Event:
    """One event.

    Parameters
    ----------
    raw
        A core/v1 Event; the scheduler's have ``eventTime``, the kubelet's ``firstTimestamp``.
    """

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.reason = _text(raw.get("reason"))
        self.message = _text(raw.get("message"))
        self.of = _mapping(raw.get("involvedObject"))
        self.first = _time(
            raw.get("firstTimestamp")
            or raw.get("eventTime")
            or _mapping(raw.get("metadata")).get("creationTimestamp")
        )


class ContainerView:
    """One container: what was asked for, and how it is.

    Parameters
    ----------
    spec
        A core/v1 Container.
    status
        Its ContainerStatus, empty if the kubelet has not said anything yet.
    """

    def __init__(self, spec: Mapping[str, Any], status: Mapping[str, Any]) -> None:
        state = _mapping(status.get("state"))
        self.spec = spec
        self.name = _text(spec.get("name") or status.get("name"))
        self.image = _text(spec.get("image"))
        self.ready = status.get("ready") is True
        self.restarts = _number(status.get("restartCount"))
        self.running = isinstance(state.get("running"), Mapping)
        self.ended = isinstance(state.get("terminated"), Mapping)
        waiting = _mapping(state.get("waiting"))
        self.waits_for = _text(waiting.get("reason"))
        self.waiting_message = _text(waiting.get("message"))
        #: How its last run ended (ContainerStateTerminated), empty if none has.
        self.end = _mapping(state.get("terminated")) or _mapping(
            _mapping(status.get("lastState")).get("terminated")
        )
        self.end_reason = _text(self.end.get("reason"))
        self.end_message = _text(self.end.get("message"))

    @property
    def exit_code(self) -> int:
        """With what its last run ended; 0 if none has."""
        return _number(self.end.get("exitCode"))

    @property
    def failures(self) -> int:
        """How many of its runs have failed.

        ``restartCount`` counts the runs after the first, including the one that goes on.
        """
        if not self.end or not self.exit_code:
            return 0
        return self.restarts + (not self.running)

    @property
    def is_sidecar(self) -> bool:
        """Whether it is an init container that runs on beside the others."""
        return self.spec.get("restartPolicy") == "Always"


class PodView:
    """A pod and what was said of it.

    Parameters
    ----------
    pod
        A core/v1 Pod.
    events
        Events of the pod, the latest last. Those of an earlier pod of the same name are left out.
    waited
        Seconds since the pod was made. The hub's clock may differ from the cluster's, so this is
        what the ages of events are reckoned with.
    secrets
        What must not come back.
    """

    def __init__(
        self,
        pod: Mapping[str, Any],
        events: Sequence[Mapping[str, Any]],
        *,
        waited: float,
        secrets: Sequence[str] = (),
    ) -> None:
        self.metadata = _mapping(pod.get("metadata"))
        self.spec = _mapping(pod.get("spec"))
        self.status = _mapping(pod.get("status"))
        self.waited = waited
        self.secrets = secrets
        self.phase = _text(self.status.get("phase"))
        self.placed = bool(self.spec.get("nodeName"))
        every = [Event(event) for event in events if isinstance(event, Mapping)]
        self.events = [event for event in every if self._is_mine(event)]
        self.containers = list(self._containers("containers", "containerStatuses"))
        self.init_containers = list(self._containers("initContainers", "initContainerStatuses"))
        #: The service's own container: KubeSpawner puts it first, the site's own ones after it.
        self.main = self.containers[0] if self.containers else ContainerView({}, {})

    def _is_mine(self, event: Event) -> bool:
        uid, mine = event.of.get("uid"), self.metadata.get("uid")
        return event.of.get("kind", "Pod") == "Pod" and (not uid or not mine or uid == mine)

    def _containers(self, specs: str, statuses: str) -> Iterator[ContainerView]:
        found = {
            _text(status.get("name")): status for status in _mappings(self.status.get(statuses))
        }
        for spec in _mappings(self.spec.get(specs)):
            yield ContainerView(spec, found.get(_text(spec.get("name")), {}))

    @property
    def is_ready(self) -> bool:
        """Whether every container is ready, as KubeSpawner looks at it."""
        return self.phase == "Running" and all(container.ready for container in self.containers)

    @property
    def is_over(self) -> bool:
        """Whether Kubernetes has given the pod up: nothing in it is started again."""
        return self.phase in {"Failed", "Succeeded"}

    @property
    def claims(self) -> list[str]:
        """Names of its PersistentVolumeClaims."""
        volumes = _mappings(self.spec.get("volumes"))
        sources = (_mapping(volume.get("persistentVolumeClaim")) for volume in volumes)
        return [_text(source.get("claimName")) for source in sources if source]

    def condition(self, kind: str) -> Mapping[str, Any]:
        """Return a condition (PodCondition), empty if the pod does not have it."""
        for condition in _mappings(self.status.get("conditions")):
            if condition.get("type") == kind:
                return condition
        return {}

    def last(self, *reasons: str) -> Event | None:
        """Return the pod's latest event of one of some reasons."""
        return next((event for event in reversed(self.events) if event.reason in reasons), None)

    def first(self, *reasons: str, saying: str = "") -> Event | None:
        """Return the pod's earliest event of one of some reasons."""
        found = [event for event in self.events if event.reason in reasons]
        return next((event for event in found if saying in event.message), None)

    def age(self, event: Event | None) -> float:
        """Return for how many seconds something has been so; the pod's own age if unknown."""
        made = _time(self.metadata.get("creationTimestamp"))
        if event is None or event.first is None or made is None:
            return self.waited
        return self.waited - max((event.first - made).total_seconds(), 0)

    def quote(self, words: object) -> str:
        """Return somebody else's words, short, on one line and without secrets.

        If they are too long their start is left out: Go's errors tell the cause last.
        """
        return end_of(clean(hide(_text(words), self.secrets), longest=_WHOLE))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mappings(value: object) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list | tuple) else []
    return [item for item in items if isinstance(item, Mapping)]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _time(value: object) -> datetime | None:
    try:
        time = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)
