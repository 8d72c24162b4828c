"""The platform on the cluster, as tests see it: people, pods, Secrets, tokens, the hub itself."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
import requests

from tests.cluster import processes, site
from tests.cluster.client import kubectl
from tests.cluster.neighbours import read_facts
from tests.cluster.trouble import ClusterTrouble
from tests.support.hub import Person
from tests.support.vault_use import accessors

__all__ = ["ClusterSite", "until"]


def until(look: Callable[[], Any], *, what: str, seconds: float = 60) -> Any:
    """Return what ``look`` returns once that is true.

    Parameters
    ----------
    look
        Asked every quarter of a second.
    what
        What is waited for, for the failure.
    seconds
        How long.
    """
    end = time.monotonic() + seconds
    while True:
        if found := look():
            return found
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.25)


@dataclass(frozen=True)
class ClusterSite:
    """A running platform.

    Parameters
    ----------
    url
        The hub's address, without trailing slash.
    """

    url: str

    def person(self, name: str) -> Person:
        """Return somebody who has just logged in."""
        return Person(self.url, name)

    def operator(self, method: str, path: str, **more: Any) -> requests.Response:
        """Call the REST API as the platform's operator."""
        headers = {"Authorization": f"token {site.api_token()}"}
        address = f"{self.url}/hub/api/{path}"
        return requests.request(method, address, headers=headers, timeout=60, **more)

    # -- the cluster

    def objects(self, kind: str, namespace: str) -> list[dict[str, Any]]:
        """Return the objects of a kind in a namespace; none if there is no such namespace."""
        return list(json.loads(kubectl("-n", namespace, "get", kind, "-o", "json"))["items"])

    def names(self, kind: str, namespace: str) -> list[str]:
        """Return the names of these objects."""
        return [item["metadata"]["name"] for item in self.objects(kind, namespace)]

    def pod(self, person: str, service: str) -> dict[str, Any] | None:
        """Return a service's pod."""
        wanted = f"onyxia-{person}--{service}"
        pods = self.objects("pods", f"user-{person}")
        return next((pod for pod in pods if pod["metadata"]["name"] == wanted), None)

    def secret(self, person: str, service: str) -> dict[str, str]:
        """Return what is in a service's Secret, by key."""
        name = f"onyxia-{person}--{service}-credentials"
        [found] = [
            item
            for item in self.objects("secrets", f"user-{person}")
            if item["metadata"]["name"] == name
        ]
        return {key: base64.b64decode(text).decode() for key, text in found["data"].items()}

    def vault_tokens(self) -> set[str]:
        """Return the handles of all Vault tokens that are alive."""
        facts = read_facts()
        return set(accessors(facts.vault_address, facts.secret("vault_root_token_file")))

    # -- the hub

    def hub_log(self) -> str:
        """Return everything that the hub's present container has logged, and the one before."""
        now = kubectl("-n", site.NAMESPACE, "logs", f"deploy/{site.RELEASE}-hub")
        try:
            before = kubectl(
                "-n", site.NAMESPACE, "logs", f"deploy/{site.RELEASE}-hub", "--previous"
            )
        except ClusterTrouble:
            before = ""
        return before + now

    def kill_hub(self) -> None:
        """End the hub as a crash does, and let Kubernetes start another one.

        Kubernetes itself would wait longer for each crash; the tests make many, so they have it
        start a new pod. The process does nothing more from the SIGSTOP on until the SIGKILL that
        ends its pod; killed by us it could be back, and at work, before its pod is deleted.
        """
        process = _process_of("hub")
        process.suspend()
        kubectl(
            *("-n", site.NAMESPACE, "delete", "pod", "--grace-period=1"),
            *("-l", "app.kubernetes.io/component=hub"),
        )
        process.wait(30)

    def kill_in_place(self, component: str) -> None:
        """End the process of hub or proxy with SIGKILL; the kubelet starts it in the same pod."""
        process = _process_of(component)
        process.kill()
        process.wait(30)

    @contextmanager
    def frozen(self, component: str) -> Iterator[None]:
        """Stop a component of Kubernetes for a while, with SIGSTOP."""
        process = psutil.Process(processes.recorded()[component])
        process.suspend()
        try:
            yield
        finally:
            process.resume()

    def wait_for_hub(self, *, seconds: float = 90) -> None:
        """Wait until the hub answers."""

        def answers() -> bool:
            try:
                return requests.get(f"{self.url}/hub/health", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        until(answers, what="the hub answers", seconds=seconds)


#: What the command line of the release's own process has, and no other hub's.
_MARKS = {
    "hub": "/etc/onyxia-hub/config/jupyterhub_config.py",
    "proxy": f"--default-target=http://{site.RELEASE}-hub:8081",
}


def _process_of(component: str) -> psutil.Process:
    [found] = [
        process
        for process in psutil.process_iter(["cmdline"])
        if _MARKS[component] in (process.info["cmdline"] or [])
    ]
    return found
