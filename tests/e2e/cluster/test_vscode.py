"""VS Code, which knows nothing of the hub, behind its login: editor, terminal, storage."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.s3_of import s3_of

SERVICE = "code"
KEY = "from-vscode.txt"
WRITE = (
    "python -c \"import boto3; boto3.client('s3').put_object("
    f"Bucket='user-alice', Key='{KEY}', Body=open('hello.py','rb').read())\""
)


@pytest.fixture(scope="module")
def service(alice: Person) -> Iterator[str]:
    """Alice's VS Code, with a file to edit."""
    answer = alice.launch(
        SERVICE,
        profile="vscode-python",
        init_script="echo '# a file' > /home/onyxia/work/hello.py",
    )
    assert answer.status_code in (201, 202), answer.text
    yield alice.wait_until_ready(SERVICE)
    alice.stop(SERVICE)
    alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


def open_vscode(page: Page, service: str) -> None:
    trust = page.get_by_role("button", name=re.compile("Yes, I trust"))
    page.add_locator_handler(trust, trust.click)
    page.goto(f"{service}/?folder=/home/onyxia/work")
    page.wait_for_selector(".monaco-workbench")


def test_editor_terminal_and_storage(
    cluster: ClusterSite, alice: Person, service: str, page: Page
) -> None:
    log_in_at_keycloak(page, cluster.url, "alice")
    open_vscode(page, service)

    page.get_by_role("treeitem", name="hello.py").dblclick()
    page.locator(".monaco-editor .view-lines").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("print('typed in the editor')\n")
    page.keyboard.press("Control+s")
    page.keyboard.press("Control+`")
    # The mark beside a prompt; the text itself is painted.
    page.wait_for_selector(".terminal-command-decoration")

    s3 = s3_of(cluster, "alice", SERVICE)
    # What an earlier run has left says nothing.
    s3.delete_object(Bucket="user-alice", Key=KEY)

    def stored() -> bytes | None:
        found = s3.list_objects_v2(Bucket="user-alice", Prefix=KEY).get("Contents")
        return s3.get_object(Bucket="user-alice", Key=KEY)["Body"].read() if found else None

    terminal = page.locator(".terminal-wrapper.active .xterm-screen")
    attempts = 0

    def typed_and_stored() -> bytes | None:
        # A new VS Code starts its first terminal anew when its extensions are there, forgets what
        # was typed meanwhile, and may ask late whom to trust: the click answers that too.
        nonlocal attempts
        attempts += 1
        if attempts > 1:
            page.keyboard.press("Control+Shift+Backquote")
            page.wait_for_timeout(3000)
        elif not terminal.is_visible():
            page.keyboard.press("Control+`")
        terminal.click()
        page.keyboard.type(f"python3 hello.py; {WRITE}; echo all done\n")
        end = time.monotonic() + 15
        while not (text := stored()) and time.monotonic() < end:
            time.sleep(0.5)
        return text

    try:
        text = until(typed_and_stored, what="the terminal stored what was saved", seconds=150)
    finally:
        picture(page, "cluster-6-vscode")
    assert b"print('typed in the editor')" in text


def test_nobody_else_gets_in(bob: Person, service: str, browser: Browser) -> None:
    answer = bob.session.get(service + "/", timeout=30, headers={"Accept": "text/html"})
    assert answer.status_code == 403
    token = {"Authorization": f"token {bob.token}"}
    assert requests.get(f"{service}/", headers=token, timeout=30).status_code == 403
    nobody = browser.new_context().new_page()
    nobody.goto(f"{service}/")
    expect(nobody).to_have_url(re.compile("/hub/login"))
    nobody.context.close()


def test_the_hub_knows_when_it_was_used_last(alice: Person, service: str) -> None:
    def last() -> str:
        return str(alice.api("GET", "users/alice").json()["servers"][SERVICE]["last_activity"])

    before = last()
    alice.session.get(f"{service}/?folder=/home/onyxia/work", timeout=30).raise_for_status()

    until(lambda: last() > before, what="the hub has heard of it", seconds=40)
