"""A person at the hub without a browser: the login pages by HTTP, and the REST API."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any
from urllib.parse import urljoin

import requests


class Person:
    """Somebody logged in at a running hub.

    Parameters
    ----------
    url
        Address of the hub, without trailing slash.
    name
        User name; in the embedded default the password is the same.
    """

    def __init__(self, url: str, name: str) -> None:
        self.url = url
        self.name = name
        self.session = requests.Session()
        # What browsers ask pages with: services answer programs without a login otherwise.
        self.session.headers["Accept"] = "text/html, */*;q=0.8"
        self._log_in()
        self.token = self._new_token()

    def _log_in(self) -> None:
        page = self.session.get(f"{self.url}/hub/oauth_login", timeout=30)
        page.raise_for_status()
        form = {
            unescape(name): unescape(value)
            for name, value in re.findall(
                r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text
            )
        }
        action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
        target = urljoin(page.url, unescape(action.group(1))) if action else page.url
        done = self.session.post(
            target, data={**form, "username": self.name, "password": self.name}, timeout=30
        )
        done.raise_for_status()
        # To the start page, or to the service that runs.
        inside = (f"{self.url}/hub/", f"{self.url}/user/{self.name}/")
        assert done.url.startswith(inside), f"login of {self.name} ended at {done.url}"

    def _new_token(self) -> str:
        self.session.get(f"{self.url}/hub/token", timeout=30).raise_for_status()
        answer = self.session.post(
            f"{self.url}/hub/api/users/{self.name}/tokens",
            json={"note": "tests"},
            headers={"X-XSRFToken": self.session.cookies.get("_xsrf", path="/hub/")},
            timeout=30,
        )
        answer.raise_for_status()
        return str(answer.json()["token"])

    def api(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        """Call ``/hub/api/<path>`` with this person's token."""
        return requests.request(
            method,
            f"{self.url}/hub/api/{path}",
            headers={"Authorization": f"token {self.token}"},
            **{"timeout": 120, **kwargs},
        )

    def launch(self, server: str = "", **options: Any) -> requests.Response:
        """Ask for a service and return the answer as it comes."""
        path = f"users/{self.name}/servers/{server}" if server else f"users/{self.name}/server"
        return self.api("POST", path, json={"user_options": options})

    def wait_until_ready(self, server: str = "", *, seconds: float = 120) -> str:
        """Wait for a service and return its address, without trailing slash."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            servers = self.api("GET", f"users/{self.name}").json()["servers"]
            if servers.get(server, {}).get("ready"):
                return f"{self.url}{servers[server]['url']}".rstrip("/")
            time.sleep(0.5)
        raise AssertionError(f"{self.name}/{server} was not ready after {seconds} s")

    def stop(self, server: str = "") -> None:
        """Stop a service and wait until it is gone."""
        path = f"users/{self.name}/servers/{server}" if server else f"users/{self.name}/server"
        self.api("DELETE", path).raise_for_status()
        for _ in range(120):
            servers = self.api("GET", f"users/{self.name}").json()["servers"]
            if server not in servers or servers[server].get("stopped"):
                return
            time.sleep(0.5)
        raise AssertionError(f"{self.name}/{server} did not stop")
