"""KubeSpawner's watches, which remember less of what they see."""

from __future__ import annotations

from typing import Any

from kubespawner.spawner import EventReflector, PodReflector
from traitlets import validate

from onyxia_hub.cluster.kept import Kept

__all__ = ["remembering_less"]


class _Pods(PodReflector):
    @validate("resources")
    def _keep_less(self, proposal: Any) -> Kept:
        return Kept(proposal["value"])


class _Events(EventReflector):
    @validate("resources")
    def _keep_less(self, proposal: Any) -> Kept:
        return Kept(proposal["value"])


def remembering_less(watch: type[Any]) -> type[Any]:
    """Return the watch that takes the place of one of KubeSpawner's.

    Parameters
    ----------
    watch
        ``PodReflector`` or ``EventReflector``.
    """
    return {PodReflector: _Pods, EventReflector: _Events}[watch]
