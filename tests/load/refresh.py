"""A thousand services whose credentials are renewed at once: ``make bench-refresh``.

The services are pods on KWOK's nodes, on the real API server of the test cluster; hub, identity
provider, OpenBao and SeaweedFS are real. The hub is killed and started again, for then it renews
all services within a quarter of their life. The same requests are made before, for comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import requests

from tests.cluster import lifecycle, paths
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble
from tests.load import kwok
from tests.load.hub import ACCOUNT, LoadHub

RESULT = paths.REPOSITORY / "test-results" / "bench-refresh.json"
BAR = 250.0
_EVERY = 0.05
_CONTROL = 60.0
_VERBS = {"create", "update", "patch", "delete", "deletecollection"}


def main() -> int:
    """Measure, print the table and keep it; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.load.refresh", description=__doc__)
    parser.add_argument("--services", type=int, default=1000, help="how many (1000)")
    arguments = parser.parse_args()
    # So that a run that is ended cleans up too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    ran = lifecycle.is_running()
    try:
        lifecycle.up()
        with tempfile.TemporaryDirectory(prefix="bench-refresh-") as folder:
            _measure(Path(folder), arguments.services)
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


def _measure(folder: Path, services: int) -> None:
    with (
        kwok.nodes(1 + services // 400, log=folder / "kwok.log"),
        LoadHub(folder / "hub-and-neighbours", services=services) as hub,
    ):
        say(f"{services} services, of {-(-services // 10)} people.")
        hub.log_everybody_in()
        began = time.monotonic()
        hub.launch_all()
        say(f"all launched in {time.monotonic() - began:.0f} s")
        before = _Requests(hub)
        with before:
            time.sleep(_CONTROL)
        hub.restart_hub()
        started, cpu = datetime.now(UTC), time.monotonic()
        during = _Requests(hub)
        with during:
            _wait_for_all(hub, services)
        seconds = time.monotonic() - cpu
        process = hub.process()
        used = process.cpu_times()
        _report(
            services=services,
            before=before.milliseconds,
            during=during.milliseconds,
            seconds=seconds,
            cpu=used.user + used.system,
            memory=process.memory_info().rss,
            writes=_writes(started),
            renewed=hub.renewed(),
        )


def _wait_for_all(hub: LoadHub, services: int) -> None:
    end = time.monotonic() + 600
    while min(hub.renewed().get(name, 0) for name in ("s3", "vault")) < services:
        if time.monotonic() > end:
            raise ClusterTrouble(f"Not all were renewed: {hub.renewed()}.\n{hub.hub.log[-3000:]}")
        time.sleep(2)


class _Requests:
    """Asks the hub twenty times a second, one after the other, for somebody and for itself."""

    def __init__(self, hub: LoadHub) -> None:
        self.milliseconds: list[float] = []
        self._hub = hub
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        place = 0
        while not self._over.wait(_EVERY):
            place += 1
            path = "" if place % 4 == 0 else f"users/user{place % 50}"
            began = time.perf_counter()
            with suppress(requests.RequestException):
                self._hub.hub.api("GET", path)
                self.milliseconds.append((time.perf_counter() - began) * 1000)


def _writes(since: datetime) -> Counter[str]:
    """Count what the hub wrote to the API server, by the audit log."""
    found: Counter[str] = Counter()
    with paths.audit_log().open() as lines:
        for line in lines:
            if ACCOUNT not in line:
                continue
            event = json.loads(line)
            when = datetime.fromisoformat(event["requestReceivedTimestamp"])
            if event["user"]["username"] == ACCOUNT and event["verb"] in _VERBS and when >= since:
                found[f"{event['verb']} {event['objectRef']['resource']}"] += 1
    return found


def _report(
    *,
    services: int,
    before: list[float],
    during: list[float],
    seconds: float,
    cpu: float,
    memory: float,
    writes: Counter[str],
    renewed: dict[str, float],
) -> None:
    rows = {"before": before, "while renewing": during}
    say(f"\n{'':16}{'requests':>10}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    kept = {}
    for name, figures in rows.items():
        p99 = statistics.quantiles(figures, n=100)[98]
        kept[name] = {
            "requests": len(figures),
            "p50": statistics.median(figures),
            "p99": p99,
            "max": max(figures),
        }
        say(
            f"{name:16}{len(figures):>10}{statistics.median(figures):>10.1f}{p99:>10.1f}"
            f"{max(figures):>10.1f}"
        )
    held = "held" if kept["while renewing"]["p99"] <= BAR else "missed"
    say(f"p99 while renewing: bar {BAR:g} ms {held}")
    say(f"renewed: {renewed} in {seconds:.0f} s; writes of the hub: {dict(writes)}")
    say(f"patches for each service: {writes['patch secrets'] / services:.3f} (bar 1)")
    each = cpu / services * 1000
    say(f"hub: {each:.1f} ms of CPU for each, its own start included; {memory / 1e6:.0f} MB")
    RESULT.parent.mkdir(exist_ok=True)
    result = {
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": os.cpu_count(),
        "services": services,
        "latency_ms": kept,
        "seconds": seconds,
        "cpu_seconds": cpu,
        "memory_bytes": memory,
        "writes": dict(writes),
        "renewed": renewed,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    say(f"\nThe figures are in {RESULT.relative_to(paths.REPOSITORY)}.")


if __name__ == "__main__":
    sys.exit(main())
