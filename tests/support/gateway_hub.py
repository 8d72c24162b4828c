"""A real hub whose services are gateways, and a real program behind each.

Traefik stands before hub and services, as in the embedded default; each gateway can also be asked
directly at its own port. People log in with the password ``for-tests``.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import psutil
import requests

from onyxia_hub.gateway.config import GatewayConfig
from tests.support import gateway_program
from tests.support.ports import free_port

OPERATOR = "token-of-the-operator-of-a-hub-with-gateways"

CONFIG = """\
import json, sys
from jupyterhub.spawner import SimpleLocalProcessSpawner
from onyxia_hub.traefik_password import quick_hash


class GatewaySpawner(SimpleLocalProcessSpawner):
    async def start(self):
        self.ip, self.port = "127.0.0.1", self.user_options["port"]
        return await super().start()

    def get_env(self):
        return {{**super().get_env(), "ONYXIA_GATEWAY_CONFIG": self.user_options["config"]}}

    def get_args(self):
        return self.user_options["arguments"]


c = get_config()
c.JupyterHub.bind_url = "http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.JupyterHub.proxy_class = "traefik_file"
c.TraefikFileProviderProxy.traefik_api_url = "http://127.0.0.1:{api}"
c.TraefikFileProviderProxy.traefik_api_username = "hub"
c.TraefikFileProviderProxy.traefik_api_password = "for-tests"
c.TraefikFileProviderProxy.traefik_api_hashed_password = quick_hash("for-tests")
c.JupyterHub.spawner_class = GatewaySpawner
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/homes/{{username}}"
c.Spawner.cmd = [sys.executable, "-m", "onyxia_hub.gateway"]
c.Spawner.poll_interval = 1
c.JupyterHub.default_url = "/hub/home"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.allow_all = True
c.DummyAuthenticator.password = "for-tests"
c.JupyterHub.services = [{{"name": "operator", "api_token": "{operator}"}}]
c.JupyterHub.load_roles = [{{
    "name": "operator",
    "services": ["operator"],
    "scopes": ["admin:users", "admin:servers", "tokens", "shares", "groups"],
}}]
"""


class Service:
    """A program and the gateway before it.

    Parameters
    ----------
    hub
        The hub.
    user, name
        Whose, and its name.
    """

    def __init__(self, hub: GatewayHub, user: str, name: str) -> None:
        self.hub = hub
        self.user = user
        self.name = name
        self.prefix = f"/user/{user}/{name}/"
        self.port = free_port()
        self.program_port = free_port()
        self.program: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its public address, with a slash at the end."""
        return f"{self.hub.url}{self.prefix}"

    @property
    def direct(self) -> str:
        """The gateway's own address."""
        return f"http://127.0.0.1:{self.port}{self.prefix}"

    @property
    def gateway(self) -> psutil.Process:
        """The gateway's process."""
        for process in psutil.process_iter():
            try:
                if process.environ().get("JUPYTERHUB_SERVICE_PREFIX") == self.prefix and (
                    "onyxia_hub.gateway" in process.cmdline()
                ):
                    return process
            except psutil.Error:
                continue
        raise AssertionError(f"no gateway of {self.prefix}")

    def start_program(self, address: str, prefix: str) -> None:
        """Start the program at a port or a unix socket."""
        # -P: modules of this folder have names of the standard library's.
        command = [sys.executable, "-P", gateway_program.__file__, address, prefix]
        self.program = subprocess.Popen(command)
        if "/" in address:
            self.hub.until(Path(address).exists)
        else:
            self.hub.until(lambda: _answers(f"http://127.0.0.1:{address}/"))

    def stop_program(self) -> None:
        """End the program."""
        if self.program is not None:
            self.program.kill()
            self.program.wait(10)


def _answers(url: str) -> bool:
    try:
        requests.get(url, timeout=5, allow_redirects=False)
    except requests.ConnectionError:
        return False
    return True


class GatewayHub:
    """Started, asked over REST and by browsers' means, and ended.

    Parameters
    ----------
    folder
        Empty folder for its files.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public, self.port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.public}"
        self.process: subprocess.Popen[bytes] | None = None
        self.services: list[Service] = []
        text = CONFIG.format(
            public=self.public,
            hub=self.port,
            api=free_port(),
            folder=folder,
            operator=OPERATOR,
        )
        (folder / "jupyterhub_config.py").write_text(text)

    def start(self) -> None:
        """Start it and wait until it answers; may be called again after `stop`."""
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        with (self.folder / "hub.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
                cwd=self.folder,
                env={**os.environ, "PATH": path},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.until(self._is_up)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log
        try:
            return requests.get(f"{self.url}/hub/api/", timeout=5).ok
        except requests.ConnectionError:
            return False

    def until(self, condition: Any, *, seconds: float = 60) -> None:
        """Wait for a condition."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, self.log
            time.sleep(0.1)

    @property
    def log(self) -> str:
        """What the hub and the gateways wrote."""
        return (self.folder / "hub.log").read_text()

    def api(self, method: str, path: str, *, token: str = OPERATOR, **kwargs: Any) -> Any:
        """Call ``/hub/api/<path>``."""
        headers = {"Authorization": f"token {token}"}
        url = f"http://127.0.0.1:{self.port}/hub/api/{path}"
        answer = requests.request(method, url, headers=headers, timeout=60, **kwargs)
        if not answer.ok:
            # What refused is only in the hub's log, where a gateway's own words are too.
            raise AssertionError(f"{answer.status_code} of {path}: {answer.text}\n{self.log}")
        return answer.json() if answer.content else None

    def person(self, name: str) -> str:
        """Make a user, unless there is one, and return a new token of theirs."""
        if name not in [user["name"] for user in self.api("GET", "users")]:
            self.api("POST", f"users/{name}")
        return str(self.api("POST", f"users/{name}/tokens", json={})["token"])

    def launch(
        self, user: str, name: str, *, command: tuple[str, ...] = (), **config: Any
    ) -> Service:
        """Start a program and the gateway before it; ``command`` makes the gateway its parent."""
        service = Service(self, user, name)
        self.services.append(service)
        whole = GatewayConfig(
            **{
                "display_name": "The program",
                "host": "127.0.0.1",
                "port": service.port,
                "program": f"http://127.0.0.1:{service.program_port}",
                **config,
            }
        )
        arguments = []
        if command:
            arguments = ["--", *(part.format(port=service.program_port) for part in command)]
        else:
            service.start_program(
                whole.program.removeprefix("unix:").removeprefix("http://127.0.0.1:"),
                service.prefix if whole.prefix == "native" else "/",
            )
        options = {"port": service.port, "config": whole.to_json(), "arguments": arguments}
        self.api("POST", f"users/{user}/servers/{name}", json={"user_options": options})
        self.until(lambda: self.servers(user).get(name, {}).get("ready"))
        return service

    def servers(self, user: str) -> dict[str, Any]:
        """Return JupyterHub's models of a user's services."""
        found: dict[str, Any] = self.api("GET", f"users/{user}")["servers"]
        return found

    def browser(self, name: str) -> requests.Session:
        """Return what a browser keeps of somebody logged in at the hub."""
        session = requests.Session()
        session.headers["Accept"] = "text/html"
        page = session.get(f"{self.url}/hub/login", timeout=30)
        form = {**_hidden(page.text), "username": name, "password": "for-tests"}
        session.post(page.url, data=form, timeout=30).raise_for_status()
        return session

    def visit(self, session: requests.Session, url: str) -> requests.Response:
        """Open a page, agreeing where the hub asks a guest for consent."""
        page = session.get(url, timeout=30)
        if "/oauth2/authorize" in page.url and page.ok:
            form = re.search(r'<form[^>]*action="([^"]*)"', page.text)
            target = urljoin(page.url, unescape(form[1])) if form else page.url
            page = session.post(
                target, data=_hidden(page.text), headers={"Origin": self.url}, timeout=30
            )
        return page

    def stop(self) -> None:
        """End the hub, its services and their programs; may be called again."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)
        for service in self.services:
            service.stop_program()


def _hidden(page: str) -> dict[str, str]:
    fields = re.findall(r"<input[^>]*>", page)
    found = {}
    for each in fields:
        name = re.search(r'name="([^"]*)"', each)
        value = re.search(r'value="([^"]*)"', each)
        if name and value and ('type="hidden"' in each or "checked" in each):
            found[unescape(name[1])] = unescape(value[1])
    return found
