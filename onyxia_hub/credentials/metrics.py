"""What the hub's ``/metrics`` tell of credentials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime

from prometheus_client import REGISTRY, Counter
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from onyxia_hub.credentials.leases import Lease
from onyxia_hub.credentials.outcome import Outcome
from onyxia_hub.errors import LaunchError

__all__ = ["count_minting", "count_renewal", "leases"]

_minted = Counter("onyxia_credentials_minted_total", "Credentials made for launches.", ["provider"])
_renewed = Counter(
    "onyxia_credentials_renewed_total", "Renewals of credentials of running services.", ["provider"]
)
_failed = Counter(
    "onyxia_credentials_failed_total",
    "Credentials that could not be made or renewed, by the reason in the answers.",
    ["provider", "reason"],
)


def count_minting(provider: str, outcome: Outcome) -> None:
    """Count what came of asking a provider for a launch."""
    _count(_minted, provider, outcome)


def count_renewal(provider: str, outcome: Outcome) -> None:
    """Count what came of asking a provider for a service that runs."""
    _count(_renewed, provider, outcome)


def _count(good: Counter, provider: str, outcome: Outcome) -> None:
    if isinstance(outcome, LaunchError):
        _failed.labels(provider=provider, reason=outcome.reason).inc()
    else:
        good.labels(provider=provider).inc()


class _Leases(Collector):
    """Reckons, when asked, how much time the credentials of running services have."""

    def __init__(self) -> None:
        self._source: Callable[[], Iterable[Mapping[str, Lease]]] = list

    def watch(self, source: Callable[[], Iterable[Mapping[str, Lease]]]) -> None:
        """Say where the leases of each running service are found."""
        self._source = source

    def describe(self) -> Iterator[Metric]:
        """Yield the metrics without values: registering must not ask for any."""
        yield from self._families()

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        left, services = self._families()
        now = datetime.now(UTC)
        found: dict[str, list[float]] = {}
        for each in self._source():
            for provider, lease in each.items():
                found.setdefault(provider, []).append(lease.left(now))
        for provider, seconds in sorted(found.items()):
            left.add_metric([provider], min(seconds))
            services.add_metric([provider], len(seconds))
        yield from (left, services)

    def _families(self) -> tuple[GaugeMetricFamily, GaugeMetricFamily]:
        return (
            GaugeMetricFamily(
                "onyxia_credentials_seconds_left",
                "Life, in seconds, of the credentials that end first.",
                labels=["provider"],
            ),
            GaugeMetricFamily(
                "onyxia_credentials_services",
                "Running services whose credentials are renewed.",
                labels=["provider"],
            ),
        )


leases = _Leases()
REGISTRY.register(leases)
