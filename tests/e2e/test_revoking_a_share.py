"""Taking a share back ends what a guest has open, and leaves the owner's alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import Page, WebSocket
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from tests.e2e.conftest import log_in
from tests.support.demo import RunningDemo
from tests.support.hub import Person

SHARES = "shares/alice/revoked"
#: Seconds in which a revocation must take effect.
A_MINUTE = 60


@pytest.fixture(scope="module")
def alice(demo: RunningDemo) -> Iterator[Person]:
    person = Person(demo.url, "alice")
    assert person.launch("revoked", profile="jupyter-python").status_code in (201, 202)
    person.service = person.wait_until_ready("revoked")
    yield person
    person.stop("revoked")


@pytest.fixture(params=[{"user": "bob"}, {"group": "stats"}], ids=["by name", "by group"])
def share(request, alice: Person) -> Iterator[dict[str, str]]:
    alice.api("DELETE", SHARES).raise_for_status()
    alice.api("POST", SHARES, json=request.param).raise_for_status()
    yield request.param
    alice.api("DELETE", SHARES).raise_for_status()


def of(person: Person) -> dict[str, str]:
    return {"Authorization": f"token {person.token}"}


async def channel(alice: Person, person: Person) -> WebSocketClientConnection:
    """Open the websocket of a kernel as JupyterLab does."""
    answer = await asyncio.to_thread(
        requests.post, f"{alice.service}/api/kernels", headers=of(person), json={}, timeout=60
    )
    answer.raise_for_status()
    url = f"{alice.service}/api/kernels/{answer.json()['id']}/channels".replace("http", "ws", 1)
    return await websocket_connect(HTTPRequest(url, headers=of(person)))


async def closed(socket: WebSocketClientConnection) -> None:
    while await socket.read_message() is not None:
        pass


async def refused(alice: Person, guest: Person) -> None:
    """Wait until plain requests of the guest are refused."""
    while True:
        answer = await asyncio.to_thread(
            requests.get, f"{alice.service}/api/status", headers=of(guest), timeout=30
        )
        if answer.status_code == 403:
            return
        await asyncio.sleep(1)


async def guest_is_shut_out(alice: Person, guest: Person, share: dict[str, str]) -> None:
    owners, guests = await channel(alice, alice), await channel(alice, guest)
    owners_end, guests_end = (asyncio.create_task(closed(socket)) for socket in (owners, guests))
    try:
        done, _ = await asyncio.wait({owners_end, guests_end}, timeout=2)
        assert not done, "they were never in"

        await asyncio.to_thread(alice.api, "PATCH", SHARES, json=share)

        ends = {guests_end, asyncio.create_task(refused(alice, guest))}
        _, late = await asyncio.wait(ends, timeout=A_MINUTE)
        assert guests_end not in late, "the guest's websocket is still open"
        assert not late, "plain requests of the guest still get through"
        assert not owners_end.done(), "the owner was shut out too"
    finally:
        owners.close()
        guests.close()
        # A connection is only gone once the other side has said so too.
        await asyncio.wait({owners_end, guests_end}, timeout=10)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()


def test_an_open_websocket_of_a_guest_is_closed_within_a_minute(alice, share):
    guest = Person(alice.url, "bob")

    # Playwright's sync API keeps a loop running in this thread.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, guest_is_shut_out(alice, guest, share)).result()


def test_an_open_page_of_a_guest_ends_within_a_minute(
    demo: RunningDemo, alice: Person, share: dict[str, str], page: Page
) -> None:
    sockets: list[WebSocket] = []
    # Playwright marks its handlers, which a built-in method does not take.
    page.on("websocket", lambda socket: sockets.append(socket))  # noqa: PLW0108
    log_in(page, demo, "bob")
    page.goto(f"{alice.service}/lab")
    page.get_by_role("button", name="Open it").or_(page.locator("#jp-main-dock-panel")).wait_for()
    if page.get_by_role("button", name="Open it").is_visible():
        page.get_by_role("button", name="Open it").click()
    page.wait_for_selector("#jp-main-dock-panel")
    page.wait_for_timeout(2000)
    opened = [socket for socket in sockets if not socket.is_closed()]
    assert opened, "JupyterLab holds its event stream open"

    alice.api("PATCH", SHARES, json=share).raise_for_status()

    end = time.monotonic() + A_MINUTE
    while not all(socket.is_closed() for socket in opened):
        assert time.monotonic() < end, "a websocket of the guest is still open"
        page.wait_for_timeout(500)
    ask = f"fetch('{alice.service}/api/status').then(answer => answer.status)"
    while (status := page.evaluate(ask)) < 400:
        assert time.monotonic() < end, f"the page still gets {status}"
        page.wait_for_timeout(1000)
