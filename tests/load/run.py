"""A run of a load test: the cluster is there, and whatever happens nothing is left behind."""

from __future__ import annotations

import signal
from collections.abc import Callable

from tests.cluster import lifecycle
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble

__all__ = ["run"]


def run(measure: Callable[[], None]) -> int:
    """Measure on the test cluster, which is ended if it was started here.

    Parameters
    ----------
    measure
        Does it; a bar that is missed is no failure.

    Returns
    -------
    int
        The program's exit code.
    """
    # So that a run that is ended cleans up too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ran = lifecycle.is_running()
    try:
        lifecycle.up()
        measure()
    except ClusterTrouble as trouble:
        say(str(trouble))
        return 1
    except KeyboardInterrupt:
        say("Ended before the end; nothing is left behind.")
        return 130
    finally:
        if not ran:
            lifecycle.down()
    return 0
