"""VS Code in the demo, made from packages and used in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, picture
from tests.support.demo import RunningDemo
from tests.support.hub import Person

WRITE = (
    "python3 -c \"import boto3; boto3.client('s3').put_object("
    "Bucket='user-alice', Key='from-vscode.txt', Body=open('hello.py','rb').read())\""
)
READ = (
    "python3 -c \"import boto3; print(boto3.client('s3').get_object("
    "Bucket='user-alice', Key='from-vscode.txt')['Body'].read().decode())\" > read.txt"
)


@pytest.fixture(scope="module")
def alice(demo: RunningDemo) -> Person:
    return Person(demo.url, "alice")


@pytest.fixture(scope="module")
def service(alice: Person) -> Iterator[str]:
    """Alice's VS Code, with a file to edit."""
    answer = alice.launch(
        "code", profile="vscode-python", init_script="rm -f *.txt; echo '# a file' > hello.py"
    )
    assert answer.status_code in (201, 202), answer.text
    yield alice.wait_until_ready("code")
    alice.stop("code")


def open_vscode(page: Page, service: str) -> None:
    trust = page.get_by_role("button", name=re.compile("Yes, I trust"))
    page.add_locator_handler(trust, trust.click)
    page.goto(service)
    page.wait_for_selector(".monaco-workbench")
    page.get_by_role("treeitem", name="hello.py").wait_for()


def test_what_is_typed_in_the_editor_runs_in_the_terminal_and_reaches_the_bucket(
    demo: RunningDemo, service: str, page: Page
) -> None:
    log_in(page, demo, "alice")
    open_vscode(page, service)
    page.get_by_role("treeitem", name="hello.py").dblclick()
    page.locator(".monaco-editor .view-lines").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type("print('typed in the editor')\n")
    page.keyboard.press("Control+s")

    page.keyboard.press("Control+`")
    # The mark beside a prompt; the text itself is painted.
    page.wait_for_selector(".terminal-command-decoration")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type(f"python3 hello.py > printed.txt && {WRITE} && {READ}\n")

    work = demo.state_dir / "services" / "alice" / "code" / "work"
    expect(page.get_by_role("treeitem", name="read.txt")).to_be_visible(timeout=30_000)
    page.wait_for_timeout(3000)
    picture(page, "6-vscode")
    assert (work / "printed.txt").read_text() == "typed in the editor\n"
    assert "print('typed in the editor')" in (work / "read.txt").read_text()


def test_a_search_finds_what_is_in_files(demo: RunningDemo, service: str, page: Page) -> None:
    log_in(page, demo, "alice")
    open_vscode(page, service)
    page.keyboard.press("Control+Shift+f")
    page.keyboard.type("a file")
    expect(page.get_by_text(re.compile(r"\d results? in \d files?")).first).to_be_visible()


def test_nobody_else_gets_in(demo: RunningDemo, service: str, browser: Browser) -> None:
    bob = Person(demo.url, "bob")
    assert bob.session.get(f"{service}/", timeout=30).status_code == 403
    token = {"Authorization": f"token {bob.token}"}
    assert requests.get(f"{service}/", headers=token, timeout=30).status_code == 403
    nobody = browser.new_context().new_page()
    nobody.goto(f"{service}/")
    expect(nobody).to_have_url(re.compile("/hub/login"))
    nobody.context.close()
