"""What a hub wrote to the API server during its launches, by the API server's audit log."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.side import Launch, Side
from tests.cluster import paths
from tests.cluster.audit import writes

__all__ = ["Writes", "writes_of"]


@dataclass(frozen=True, kw_only=True)
class Writes:
    """What a hub wrote.

    Parameters
    ----------
    each
        Writes for each launch, also those that were refused.
    what
        How many of each kind for each launch: ``create pods`` and so on.
    to_pod
        Seconds from the request to when Kubernetes was asked for the pod, median.
    """

    each: float
    what: dict[str, float]
    to_pod: float


def writes_of(side: Side, launches: Sequence[Launch]) -> Writes | None:
    """Count the writes of a hub's account, for its user's services.

    Parameters
    ----------
    side
        The hub.
    launches
        The launches to count in.

    Returns
    -------
    Writes or None
        ``None`` on a cluster of others, whose log is not at hand.
    """
    if paths.OTHER_CLUSTER in os.environ:
        return None
    # The hub may launch services of others meanwhile.
    found = [write for write in writes(side.account) if write.namespace == side.namespace]
    counted: Counter[str] = Counter()
    to_pod = []
    for launch in launches:
        during = [write for write in found if launch.began <= write.when <= launch.ended]
        counted.update(write.what for write in during)
        asked = [write.when for write in during if write.what == "create pods"]
        to_pod.append((asked[0] - launch.began).total_seconds() if asked else float("nan"))
    what = {name: count / len(launches) for name, count in sorted(counted.items())}
    return Writes(each=sum(what.values()), what=what, to_pod=statistics.median(to_pod))
