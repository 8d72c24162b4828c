"""Who only leaves a tab open is idle; a notebook at work is not, whoever looks."""

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


def test_a_silent_tab_is_stopped_and_a_running_notebook_is_not(
    cluster: ClusterSite, alice: Person, bob: Person, page: Page
) -> None:
    for person, name in ((alice, "silent"), (bob, "at-work")):
        assert person.launch(name, profile=PROFILE).status_code in (201, 202)
    silent, working = alice.wait_until_ready("silent"), bob.wait_until_ready("at-work")
    try:
        start_work(working, bob.token)
        log_in_at_keycloak(page, cluster.url, "alice")
        page.goto(f"{silent}/lab")
        page.wait_for_selector("#jp-main-dock-panel")
        page.get_by_text("Python 3 (ipykernel)").first.click()
        page.wait_for_selector(".jp-Notebook")
        opened = time.monotonic()

        until(lambda: is_stopped(alice, "silent"), what="the silent one ends", seconds=300)

        assert time.monotonic() - opened >= _LIMIT - 10
        assert bob.wait_until_ready("at-work", seconds=1)
        page.goto(f"{silent}/lab")
        picture(page, "cluster-9-stopped-for-being-idle")
        page.get_by_text("not running").first.wait_for()
    finally:
        bob.stop("at-work")
        for person, name in ((alice, "silent"), (bob, "at-work")):
            person.api("DELETE", f"users/{person.name}/servers/{name}", json={"remove": True})


def is_stopped(person: Person, name: str) -> bool:
    servers: dict[str, Any] = person.api("GET", f"users/{person.name}").json()["servers"]
    return name not in servers or bool(servers[name].get("stopped"))
