"""A real hub alone: no proxy, no identity provider, no S3 and no Vault.

Its people are made by the operator with its token, or log in with the password ``for-tests``. Their
services are processes of the tiny program.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import requests
import yaml

from tests.support import tiny_program
from tests.support.ports import free_port
from tests.support.spawning import write_profile

OPERATOR = "token-of-the-operator-of-a-lone-hub"
PROMETHEUS = "token-of-the-prometheus-of-a-lone-hub"
LOCAL = "local: {program: tiny-server, command: [tiny-server, '{port}', '{prefix}']}"

# JupyterHub insists on a proxy, and here nobody comes by one. In front of a configuration.
NO_PROXY = """\
from jupyterhub.proxy import Proxy


class NoProxy(Proxy):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.routes = {}

    async def add_route(self, routespec, target, data):
        self.routes[routespec] = {"routespec": routespec, "target": target, "data": data}

    async def delete_route(self, routespec):
        self.routes.pop(routespec, None)

    async def get_all_routes(self):
        return dict(self.routes)


c = get_config()
c.JupyterHub.proxy_class = NoProxy
c.NoProxy.should_start = False
"""
CONFIG = f"""\
from pathlib import Path
from onyxia_hub.configure import configure

configure(get_config(), Path(__file__).with_name("settings.yaml"))
{NO_PROXY}
# In place of the identity provider: any name, one password.
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.DummyAuthenticator.password = "for-tests"
"""


class LoneHub:
    """Started, asked over REST, and ended.

    Parameters
    ----------
    folder
        Empty folder for its files.
    culling
        The section of the settings.
    """

    def __init__(self, folder: Path, *, culling: dict[str, Any]) -> None:
        self.folder = folder
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None
        #: What it gets besides its own environment.
        self.environment = {"PYTHONUNBUFFERED": "1"}
        (folder / "crypt-key").write_text("ab" * 32)
        (folder / "operator").write_text(OPERATOR)
        (folder / "prometheus").write_text(PROMETHEUS)
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "tiny-server"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {tiny_program.__file__} "$@"\n')
        program.chmod(0o755)
        (folder / "jupyterhub_config.py").write_text(CONFIG)
        settings = {
            "hub": {
                "public_url": f"http://127.0.0.1:{free_port()}",
                "platform": "local",
                "profiles": "profiles",
                "crypt_key_file": "crypt-key",
                "api_token_file": "operator",
                "metrics_token_file": "prometheus",
            },
            "oidc": {"issuer": "http://127.0.0.1:9/auth", "client_id": "onyxia-hub"},
            "local": {
                "state_dir": str(folder / "state"),
                "path": [str(programs)],
                "hub_port": self.port,
            },
            "culling": culling,
        }
        (folder / "settings.yaml").write_text(yaml.safe_dump(settings))

    def profile(self, slug: str, more: str = "") -> None:
        """Write a profile of the tiny program; ``more`` is YAML."""
        write_profile(self.folder / "profiles", slug, more=f"{LOCAL}\n{more}")

    def start(self, *, seconds: float = 60) -> None:
        """Start it and wait until it answers, for at most that long."""
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        end = time.monotonic() + seconds
        while not self._answers():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/hub/api/", timeout=5).ok
        except requests.ConnectionError:
            return False

    def own_process(self) -> psutil.Process:
        """Return the hub's process, without what it started."""
        assert self.process is not None
        return psutil.Process(self.process.pid)

    @property
    def stored(self) -> bytes:
        """The hub's database as it is on the disk, with what was written ahead."""
        return b"".join(file.read_bytes() for file in self.folder.glob("jupyterhub.sqlite*"))

    @property
    def log(self) -> str:
        """What it wrote."""
        return (self.folder / "hub.log").read_text()

    def api(self, method: str, path: str, *, token: str = OPERATOR, **kwargs: Any) -> Any:
        """Call ``/hub/api/<path>``."""
        url = f"http://127.0.0.1:{self.port}/hub/api/{path}"
        headers = {"Authorization": f"token {token}"}
        return requests.request(method, url, headers=headers, timeout=30, **kwargs)

    def person(self, name: str) -> str:
        """Make a user and return a token of theirs."""
        self.api("POST", f"users/{name}").raise_for_status()
        made = self.api("POST", f"users/{name}/tokens", json={})
        made.raise_for_status()
        return str(made.json()["token"])

    def session(self, name: str) -> requests.Session:
        """Return somebody's session of cookies, logged in by the page."""
        session = requests.Session()
        address = f"http://127.0.0.1:{self.port}/hub/login"
        session.get(address, timeout=30).raise_for_status()
        xsrf = session.cookies.get("_xsrf", path="/hub/")
        form = {"username": name, "password": "for-tests", "_xsrf": xsrf}
        session.post(f"{address}?next=/hub/token", data=form, timeout=30).raise_for_status()
        return session

    def environment_of(self, user: str, server: str) -> dict[str, str]:
        """Return the environment that a service's program was started with."""
        file = self.folder / "state" / "services" / user / server / "work" / "environ.json"
        found: dict[str, str] = json.loads(file.read_text())
        return found

    def launch(self, user: str, server: str, profile: str) -> None:
        """Start a service and wait until it is ready."""
        path = f"users/{user}/servers/{server}"
        self.api("POST", path, json={"user_options": {"profile": profile}}).raise_for_status()
        end = time.monotonic() + 60
        while not self.servers(user).get(server, {}).get("ready"):
            assert time.monotonic() < end, self.log
            time.sleep(0.2)

    def servers(self, user: str, *, stopped: bool = False) -> dict[str, Any]:
        """Return JupyterHub's models of a user's services."""
        query = "?include_stopped_servers=1" if stopped else ""
        found: dict[str, Any] = self.api("GET", f"users/{user}{query}").json()["servers"]
        return found

    def children(self) -> list[psutil.Process]:
        """Return the processes that it started itself."""
        return self.own_process().children()

    def stop(self, sig: int = signal.SIGTERM) -> None:
        """End it; may be called again."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sig)
        if self.process is not None:
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                # Nothing may outlive the tests; whoever waits for the end still learns of it.
                self.process.kill()
                self.process.wait(10)
                raise AssertionError(f"the hub did not end:\n{self.log[-4000:]}") from None
