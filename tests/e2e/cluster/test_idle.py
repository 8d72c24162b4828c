"""Who only leaves a tab open is idle; a notebook or a terminal at work is not, whoever looks."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import requests
from playwright.sync_api import Page
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.own_loop import in_own_loop

PROFILE = "soon-idle"
_LIMIT = 75.0


def run_in_terminal(service: str, token: str, command: str) -> None:
    """Start a command in a terminal, and go away."""
    headers = {"Authorization": f"token {token}"}
    answer = requests.post(f"{service}/api/terminals", headers=headers, json={}, timeout=60)

    async def type_it() -> None:
        address = f"{service}/terminals/websocket/{answer.json()['name']}"
        socket = await websocket_connect(
            HTTPRequest(address.replace("http", "ws", 1), headers=headers)
        )
        await socket.write_message(json.dumps(["stdin", f"{command}\r"]))
        # The terminal shows what was typed.
        while command not in str(await socket.read_message()):
            pass
        socket.close()
        while await socket.read_message() is not None:
            pass

    in_own_loop(type_it(), 60)


def start_work(service: str, token: str) -> None:
    """Run a cell that computes for a long time, and go away."""

    headers = {"Authorization": f"token {token}"}
    answer = requests.post(f"{service}/api/kernels", headers=headers, json={}, timeout=60)

    async def ask() -> None:
        address = f"{service}/api/kernels/{answer.json()['id']}/channels".replace("http", "ws", 1)
        socket = await websocket_connect(HTTPRequest(address, headers=headers))
        await socket.write_message(
            json.dumps(
                {
                    "header": {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request"},
                    "parent_header": {},
                    "metadata": {},
                    "channel": "shell",
                    "content": {"code": "import time; time.sleep(900)", "silent": False},
                }
            )
        )
        # The kernel tells that it is busy.
        while True:
            message = json.loads(str(await socket.read_message()))
            if message.get("content", {}).get("execution_state") == "busy":
                break
        socket.close()
        while await socket.read_message() is not None:
            pass

    in_own_loop(ask(), 60)


def test_a_silent_tab_is_stopped_and_what_works_is_not(
    cluster: ClusterSite, alice: Person, bob: Person, page: Page
) -> None:
    services = ((alice, "silent"), (bob, "notebook"), (bob, "terminal"))
    for person, name in services:
        assert person.launch(name, profile=PROFILE).status_code in (201, 202)
    silent = alice.wait_until_ready("silent")
    try:
        start_work(bob.wait_until_ready("notebook"), bob.token)
        run_in_terminal(bob.wait_until_ready("terminal"), bob.token, "sleep 900")
        log_in_at_keycloak(page, cluster.url, "alice")
        page.goto(f"{silent}/lab")
        page.wait_for_selector("#jp-main-dock-panel")
        page.get_by_text("Python 3 (ipykernel)").first.click()
        page.wait_for_selector(".jp-Notebook")
        opened = time.monotonic()

        until(lambda: is_stopped(alice, "silent"), what="the silent one ends", seconds=300)

        assert time.monotonic() - opened >= _LIMIT - 10
        for name in ("notebook", "terminal"):
            assert bob.wait_until_ready(name, seconds=1)
        page.goto(f"{silent}/lab")
        picture(page, "cluster-9-stopped-for-being-idle")
        page.get_by_text("not running").first.wait_for()
    finally:
        for person, name in services:
            if not is_stopped(person, name):
                person.stop(name)
            person.api("DELETE", f"users/{person.name}/servers/{name}", json={"remove": True})


def is_stopped(person: Person, name: str) -> bool:
    servers: dict[str, Any] = person.api("GET", f"users/{person.name}").json()["servers"]
    return name not in servers or bool(servers[name].get("stopped"))
