"""One of the two hubs that are compared, and how a launch of it is timed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

from tests.cluster.client import kubectl
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble

__all__ = ["SERVICE", "Launch", "Side"]

SERVICE = "bench"
"""Name of the service that is launched again and again."""

# Seconds between two questions whether it is ready, for both hubs alike.
_ASK_EVERY = 0.05
# Seconds in which a launch, a stop, or a hub that somebody restarted must come to its end.
_PATIENCE = 180
# How often in a row a launch may fail: tests on the same cluster end the hub now and then.
_TRIES = 4
# Seconds in which the hub may finish what it writes, and the node what it takes down.
_SETTLE = 1.0


class _Disturbed(Exception):
    """A launch that says nothing about the hub's speed."""


@dataclass(frozen=True, kw_only=True)
class Launch:
    """One launch that came to its end.

    Parameters
    ----------
    seconds
        From sending the request until the hub calls the service ready.
    began, ended
        When it was asked for, and when the stop was (aware); for the API server's log.
    """

    seconds: float
    began: datetime
    ended: datetime


@dataclass(kw_only=True)
class Side:
    """One of the two hubs, used through its REST API in the same way as the other.

    Parameters
    ----------
    name
        For the table.
    url
        The hub's address, without trailing slash.
    token
        A token of its REST API, for ``user``.
    user
        For whom services are launched.
    options
        The options of each launch.
    namespace
        Where the services' pods and volumes are.
    account
        The hub's account at the API server, as its audit log names it.
    """

    name: str
    url: str
    token: str = field(repr=False)
    user: str
    options: dict[str, Any]
    namespace: str
    account: str
    _session: requests.Session = field(default_factory=requests.Session, repr=False)

    def launch(self) -> Launch:
        """Launch the service, stop it, and return how long the launch took.

        A launch that fails, because somebody has restarted the hub, is made again.

        Raises
        ------
        ClusterTrouble
            If it fails time and again.
        """
        for _ in range(_TRIES):
            self.wait_for_hub()
            try:
                launch = self._launch()
                self.stop()
            except (requests.RequestException, _Disturbed) as error:
                say(f"{self.name}: again, for {error}")
                self.wait_for_hub()
                self.stop()
            else:
                return launch
        raise ClusterTrouble(f"{self.name}: {_TRIES} launches in a row failed; see the hub's log.")

    def _launch(self) -> Launch:
        began, clock = datetime.now(UTC), time.perf_counter()
        self.call("POST", f"/servers/{SERVICE}", json=self.options)
        _until(self._is_ready, what=f"{self.name}'s service is ready", pause=_ASK_EVERY)
        seconds = time.perf_counter() - clock
        time.sleep(_SETTLE)
        return Launch(seconds=seconds, began=began, ended=datetime.now(UTC))

    def _is_ready(self) -> bool:
        server = self._server()
        if not server:
            raise _Disturbed("the launch failed")
        return bool(server.get("ready"))

    def stop(self) -> None:
        """Stop the service, if it runs, and wait until it is gone."""
        _until(self._is_stopped, what=f"{self.name}'s service is stopped", pause=0.25)
        time.sleep(_SETTLE)

    def _is_stopped(self) -> bool:
        try:
            server = self._server()
            # What is still starting or already stopping can't be stopped.
            if server and not server.get("pending"):
                self.call("DELETE", f"/servers/{SERVICE}")
        except requests.RequestException:
            return False  # a hub that is being restarted
        return not server

    def forget(self) -> None:
        """Delete the stopped service with its volume, and wait until that is gone too."""
        self.wait_for_hub()
        answer = self._request("DELETE", f"/servers/{SERVICE}", json={"remove": True})
        if answer.status_code != requests.codes.not_found:
            answer.raise_for_status()
        _until(lambda: not self._volumes(), what=f"{self.name}'s volume is gone", pause=0.25)
        time.sleep(_SETTLE)

    def _volumes(self) -> list[str]:
        """Return the volumes that were claimed for the service."""
        items = json.loads(kubectl("get", "persistentvolumes", "-o", "json"))["items"]
        claims = [item["spec"]["claimRef"] for item in items if "claimRef" in item["spec"]]
        claims += [
            {"namespace": self.namespace, "name": name.rpartition("/")[2]}
            for name in kubectl("-n", self.namespace, "get", "pvc", "-o", "name").split()
        ]
        return [
            claim["name"]
            for claim in claims
            if claim["namespace"] == self.namespace and claim["name"].endswith(f"--{SERVICE}")
        ]

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call the REST API about the user.

        Raises
        ------
        requests.RequestException
            If it does not answer, or refuses.
        """
        answer = self._request(method, path, **more)
        answer.raise_for_status()
        return answer

    def _request(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"token {self.token}"}
        address = f"{self.url}/hub/api/users/{self.user}{path}"
        return self._session.request(method, address, headers=headers, timeout=60, **more)

    def _server(self) -> dict[str, Any]:
        servers = self.call("GET", "").json()["servers"]
        return dict(servers.get(SERVICE, {}))

    def wait_for_hub(self) -> None:
        """Wait until the hub answers through its proxy."""
        _until(self._answers, what=f"{self.name}'s hub answers", pause=0.25)

    def _answers(self) -> bool:
        try:
            return self._session.get(f"{self.url}/hub/health", timeout=5).ok
        except requests.RequestException:
            return False


def _until(look: Callable[[], bool], *, what: str, pause: float) -> None:
    end = time.monotonic() + _PATIENCE
    while not look():
        if time.monotonic() > end:
            raise ClusterTrouble(f"{what}: not within {_PATIENCE} s.")
        time.sleep(pause)
