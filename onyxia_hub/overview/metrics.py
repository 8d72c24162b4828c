"""What the hub's ``/metrics`` tell of services.

JupyterHub's own ``jupyterhub_running_servers`` counts at each launch and takes one off for each
end, a failed launch's included, so between two launches it is often wrong, and after a restart 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from onyxia_hub.overview.collect import state_of
from onyxia_hub.overview.services import ACTIVE

__all__ = ["services"]


class _Services(Collector):
    """Counts, when asked, the services that hold resources."""

    def __init__(self) -> None:
        self._spawners: Callable[[], Iterable[Any]] = list

    def watch(self, spawners: Callable[[], Iterable[Any]]) -> None:
        """Say where the spawners of the hub are found."""
        self._spawners = spawners

    def describe(self) -> Iterator[Metric]:
        """Yield the metric without values: registering must not ask for any."""
        yield self._family()

    def collect(self) -> Iterator[Metric]:
        """Yield the metric."""
        found = Counter(state_of(spawner) for spawner in self._spawners())
        family = self._family()
        for state in sorted(ACTIVE):
            family.add_metric([state.value], found[state])
        yield family

    def _family(self) -> GaugeMetricFamily:
        return GaugeMetricFamily(
            "onyxia_services", "Services that run, start or stop now.", labels=["state"]
        )


services = _Services()
REGISTRY.register(services)
