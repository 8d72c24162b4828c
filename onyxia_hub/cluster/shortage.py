"""What a pod is short of as long as no node takes it."""

from __future__ import annotations

from dataclasses import dataclass

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.errors import (
    GpuMissing,
    LaunchError,
    NoGpuFree,
    NoNodeFits,
    NoRoom,
    VolumeInUse,
    VolumeNotReady,
)
from onyxia_hub.language import Said

__all__ = ["Shortage"]

#: What cluster-autoscaler and Karpenter say when they make a node for a pod.
_NODE_IS_COMING = ("TriggeredScaleUp", "Nominated")

_Kind = type[NoGpuFree | GpuMissing | NoRoom | NoNodeFits | VolumeInUse | VolumeNotReady]


@dataclass(frozen=True, slots=True)
class Shortage:
    """Why a pod has no place.

    Parameters
    ----------
    kind
        The error, if it stays so.
    why
        The cause, a sentence without its full stop.
    wish
        What it waits for.
    detail
        The scheduler's own words on a volume.
    """

    kind: _Kind
    why: str
    wish: str = Said("waiting for room")
    detail: str = ""

    def message(self, pod: PodView) -> Said:
        """Return what the person reads meanwhile."""
        if node_is_coming(pod):
            return Said("{why}; a new node is being started for it.", why=self.why)
        return Said("{why}; {wish}.", why=self.why, wish=self.wish)

    def error(self, *, display_name: str, seconds: int) -> LaunchError:
        """Return what the person reads when the wait is over.

        Parameters
        ----------
        display_name
            The service's name.
        seconds
            How long it waited.
        """
        facts: dict[str, object] = {"display_name": display_name}
        if "{seconds}" in self.kind.sentence:
            facts["seconds"] = seconds
        if self.kind is VolumeNotReady:
            facts["detail"] = self.detail
        elif self.kind is not VolumeInUse:
            facts["why"] = self.why
        return self.kind(**facts)


def node_is_coming(pod: PodView) -> bool:
    """Return whether a new node is on its way, which takes minutes."""
    return pod.last(*_NODE_IS_COMING) is not None
