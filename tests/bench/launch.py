"""One Jupyter service, from the request to ready, beside plain JupyterHub: ``make bench-launch``.

Both hubs run on the same cluster from the same image, and start the same service image with the
same amounts and a volume that is there already. They take turns, so what else the machine does
falls on both; only the ratio of the two means anything. Onyxia Hub's launch mints S3 and Vault
access too.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import yaml

from onyxia_hub.catalogue.profile import Profile
from tests.bench.plain import plain_hub
from tests.cluster import paths, site
from tests.cluster.progress import say
from tests.support.hub import Person

PROFILE = "jupyter-python"
SERVICE = "bench"
_BAR = 1.05
_WRITES = {"create", "update", "patch", "delete"}
_RESULT = paths.REPOSITORY / "test-results" / "bench-launch.json"


@dataclass
class Side:
    """One of the two hubs.

    Parameters
    ----------
    name
        For the table.
    url, token, user
        Its REST API, and for whom services are launched.
    options
        The options of a launch.
    """

    name: str
    url: str
    token: str
    user: str
    options: dict[str, Any]
    seconds: list[float] = field(default_factory=list)
    spans: list[tuple[datetime, datetime]] = field(default_factory=list)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call the REST API."""
        headers = {"Authorization": f"token {self.token}"}
        address = f"{self.url}/hub/api/users/{self.user}{path}"
        return requests.request(method, address, headers=headers, timeout=60, **more)

    def launch(self) -> float:
        """Launch the service and return the seconds until the hub calls it ready."""
        began, clock = datetime.now(UTC), time.perf_counter()
        body = {"user_options": self.options}
        self.call("POST", f"/servers/{SERVICE}", json=body).raise_for_status()
        _until(lambda: self._server().get("ready"))
        took = time.perf_counter() - clock
        self.spans.append((began, datetime.now(UTC)))
        return took

    def stop(self) -> None:
        """Stop it and wait until it is gone."""
        self.call("DELETE", f"/servers/{SERVICE}")
        _until(lambda: not self._server())

    def _server(self) -> dict[str, Any]:
        servers = self.call("GET", "").json().get("servers", {})
        return dict(servers.get(SERVICE, {}))


def main() -> int:
    """Measure, print the table and keep it."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.launch", description=__doc__)
    parser.add_argument("--rounds", type=int, default=8, help="launches of each hub (8)")
    rounds = parser.parse_args().rounds
    site.up()
    person = Person(site.URL, "admin")
    with plain_hub(**_amounts()) as plain:
        theirs = Side("plain", plain.url, plain.token, "bench", {})
        requests.post(
            f"{plain.url}/hub/api/users/bench",
            headers={"Authorization": f"token {plain.token}"},
            timeout=60,
        ).raise_for_status()
        ours = Side("onyxia", site.URL, person.token, "admin", {"profile": PROFILE})
        try:
            _measure(theirs, ours, rounds)
        finally:
            ours.stop()
            ours.call("DELETE", f"/servers/{SERVICE}", json={"remove": True})
    _report(theirs, ours)
    return 0


def _measure(theirs: Side, ours: Side, rounds: int) -> None:
    for turn in range(rounds + 1):
        for side in (theirs, ours) if turn % 2 else (ours, theirs):
            took = side.launch()
            side.stop()
            # The first makes namespace and volume, and fills the node's caches.
            if turn:
                side.seconds.append(took)
                say(f"{side.name:7} {took:6.2f} s")


def _report(theirs: Side, ours: Side) -> None:
    ratio = statistics.median(ours.seconds) / statistics.median(theirs.seconds)
    say(f"\n{'':8}{'median':>8}{'min':>8}{'max':>8}")
    for side in (theirs, ours):
        middle = statistics.median(side.seconds)
        low, high = min(side.seconds), max(side.seconds)
        say(f"{side.name:8}{middle:8.2f}{low:8.2f}{high:8.2f}")
    writes = _writes(ours)
    say(f"\nratio of the medians {ratio:.2f} (bar {_BAR}: {'held' if ratio <= _BAR else 'missed'})")
    say(f"writes to the API server for each launch {writes:.1f} (bar 4)")
    _RESULT.parent.mkdir(exist_ok=True)
    result = {
        "ratio": ratio,
        "writes": writes,
        "plain": theirs.seconds,
        "onyxia": ours.seconds,
    }
    Path(_RESULT).write_text(json.dumps(result, indent=1) + "\n")


def _writes(side: Side) -> float:
    """Return how often the hub's account wrote during a launch, by the API server's audit log."""
    who = f"system:serviceaccount:{site.NAMESPACE}:{site.RELEASE}-hub"
    count = 0
    spans = side.spans[1:]
    for line in paths.audit_log().read_text().splitlines():
        event = json.loads(line)
        if event["user"]["username"] != who or event["verb"] not in _WRITES:
            continue
        when = datetime.fromisoformat(event["requestReceivedTimestamp"])
        count += any(began <= when <= ended for began, ended in spans)
    return count / len(spans)


def _amounts() -> dict[str, float]:
    """Return what a launch of the profile takes by default."""
    file = paths.REPOSITORY / "profiles" / f"{PROFILE}.yaml"
    resources = Profile.model_validate(yaml.safe_load(file.read_text())).resources
    return {
        "cpu_request": float(resources.cpu.request.default.value),
        "cpu_limit": float(resources.cpu.limit.default.value),
        "memory_request": int(resources.memory.request.default.value),
        "memory_limit": int(resources.memory.limit.default.value),
    }


def _until(look: Callable[[], Any], *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not look():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
