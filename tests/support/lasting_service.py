"""A service at work that has to live on, whatever happens around it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Self

import requests

from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.kernel import Kernel

__all__ = ["COUNTER", "LastingService"]

#: Where the service's program writes, ten times a second, how far it is.
COUNTER = "/home/onyxia/work/counter.txt"
_COUNT = f"""
import os, pathlib, threading, time
counter = 0
def count():
    global counter
    while True:
        counter += 1
        pathlib.Path("{COUNTER}").write_text(str(counter))
        time.sleep(0.1)
threading.Thread(target=count, daemon=True).start()
"""
_HOLD = """
import os, time
open("held", "w").close()
while os.path.exists("held"):
    time.sleep(0.1)
print("never cut")
"""


@dataclass
class LastingService:
    """Somebody's Jupyter with a kernel that counts, and what must stay the same about it.

    Parameters
    ----------
    cluster, person, name
        The platform, whose service it is, and its name.
    """

    cluster: ClusterSite
    person: Person
    name: str
    address: str = ""
    uid: str = ""
    kernel: Kernel = field(init=False)
    process: str = ""
    counted: int = 0

    @classmethod
    def launch(cls, cluster: ClusterSite, person: Person, name: str) -> Self:
        """Launch it, and wait until it is at work."""
        made = cls(cluster, person, name)
        answer = person.launch(name, profile="jupyter-python")
        assert answer.status_code in (201, 202), answer.text
        made.address = person.wait_until_ready(name)
        made.uid = made.pod["metadata"]["uid"]
        made.kernel = Kernel.start(made.address, person.token)
        made.kernel.run(_COUNT)
        made.process = made.run("print(os.getpid())")
        # From here on the browser's session is known to the service too.
        assert made.is_reached()
        return made

    @property
    def pod(self) -> dict:
        """Its pod."""
        found = self.cluster.pod(self.person.name, self.name)
        assert found is not None, "the pod is gone"
        return found

    def run(self, code: str) -> str:
        """Run code in the kernel that counts."""
        return self.kernel.run(code).strip()

    def is_reached(self) -> bool:
        """Whether the session of before gets at the kernel, with no login in between."""
        try:
            answer = self.person.session.get(f"{self.address}/api/kernels", timeout=5)
            kernels = [kernel["id"] for kernel in answer.json()] if answer.ok else []
        except (requests.RequestException, json.JSONDecodeError):
            return False
        return self.kernel.address.rsplit("/", 1)[1] in kernels

    def counts_on(self) -> None:
        """See that it is the same pod and process, and that it went on counting."""
        assert self.pod["metadata"]["uid"] == self.uid
        process, counted = self.run("print(os.getpid(), counter)").split()
        assert process == self.process
        assert int(counted) > self.counted
        self.counted = int(counted)

    def goes_on(self, *, seconds: float) -> None:
        """See that nothing was lost: program, login, what the hub knows, fresh credentials.

        Parameters
        ----------
        seconds
            Until when the session of before must get at it again.
        """
        until(self.is_reached, what="the old session gets at the service", seconds=seconds)
        self.counts_on()
        person = self.person
        home = person.session.get(f"{person.url}/hub/home", timeout=30)
        assert home.url == f"{person.url}/hub/home", "the login is no longer good"
        servers = until(
            lambda: person.api("GET", f"users/{person.name}").json().get("servers"),
            what="the hub knows its services",
        )
        assert servers[self.name]["ready"]
        self.gets_fresh_credentials()

    def gets_fresh_credentials(self) -> None:
        """Have its credentials renewed, and see that they are."""
        path = f"onyxia/users/{self.person.name}/credentials"
        before = self.cluster.secret(self.person.name, self.name)
        self.person.api("POST", f"{path}/renew").raise_for_status()
        told = self.person.api("GET", path).json()["servers"][self.name]["credentials"]
        assert {name: each["problem"] for name, each in told.items()} == {"s3": None, "vault": None}
        after = self.cluster.secret(self.person.name, self.name)
        assert after["file.s3-credentials.json"] != before["file.s3-credentials.json"]
        assert after["env.VAULT_TOKEN"] == before["env.VAULT_TOKEN"]

    @contextmanager
    def held_connection(self) -> Iterator[None]:
        """Keep a websocket open; at the end it must never have been cut."""
        kernel = Kernel.start(self.address, self.person.token)
        held = 'print(os.path.exists("held"))'
        with ThreadPoolExecutor(1) as thread:
            said = thread.submit(kernel.run, _HOLD, timeout=240)
            until(lambda: self.run(held) == "True", what="it is open")
            try:
                yield
            finally:
                self.run('os.remove("held")')
            assert said.result().strip() == "never cut"
        kernel.end()

    def end(self) -> None:
        """Stop and delete it, its volume too."""
        self.person.stop(self.name)
        path = f"users/{self.person.name}/servers/{self.name}"
        self.person.api("DELETE", path, json={"remove": True}).raise_for_status()
