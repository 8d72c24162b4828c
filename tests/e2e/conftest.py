"""The embedded default, running, and a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.cluster.neighbours.addresses import for_the_cluster
from tests.support.demo import RunningDemo
from tests.support.hub import Person
from tests.support.hub_and_neighbours import HubAndNeighbours
from tests.support.ports import free_port

ROOT = Path(__file__).parents[2]
#: Where the browser tests leave their pictures.
RESULTS = ROOT / "test-results"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """``onyxia-hub demo`` from nothing, with VS Code, and an API token for the REST tests."""
    # Packages take a minute to install: one folder serves repeated runs by hand.
    kept = os.environ.get("ONYXIA_TEST_STATE_DIR")
    folder = Path(kept) if kept else tmp_path_factory.mktemp("demo") / "state"
    running = RunningDemo(folder, port=free_port(), arguments=("--api-token", "--with-vscode"))
    running.start(seconds=600)
    try:
        yield running
    finally:
        code = running.stop()
        left = running.processes()
        for process in left:
            process.kill()
        assert not left, f"still running after the demo ended: {left}"
        assert code == 0, running.output


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubAndNeighbours]:
    """A real hub and its neighbours, with the profile ``tiny``; some modules have their own."""
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny")
    with made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "Chromium is not installed: apt-get install chromium"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=program,
            args=[
                *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
                *("--disable-background-networking", "--disable-component-update"),
                "--disable-sync",
                # As behind TLS, which a site has; the demo's address is one of the machine itself.
                f"--unsafely-treat-insecure-origin-as-secure={for_the_cluster().hub_url}",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser profile of its own, so that one person's cookies are not another's."""
    made = browser.new_context(viewport={"width": 1440, "height": 900}, locale="en-GB")
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A tab."""
    return context.new_page()


def picture(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at."""
    RESULTS.mkdir(exist_ok=True)
    page.screenshot(path=RESULTS / f"{name}.png")


def log_in(page: Page, demo: RunningDemo, name: str) -> None:
    """Log in through the pages, as a person does."""
    page.goto(f"{demo.url}/hub/login")
    page.get_by_role("link", name="Sign in").or_(
        page.get_by_role("button", name="Sign in")
    ).first.click()
    page.locator("#username").fill(name)
    page.locator("#password").fill(name)
    page.locator("form button[type=submit]").click()
    # To the start page, or to the service that runs.
    page.wait_for_url(re.compile(f"^{re.escape(demo.url)}/(hub|user)/"))


def run_as(person: Person, command: str) -> str:
    """Return what a command of a page prints, run as it stands with somebody's token."""
    return subprocess.run(
        ["bash", "-c", command],
        env={"PATH": "/usr/bin:/bin", "ONYXIA_HUB_TOKEN": person.token},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def signed_in(browser: Browser, url: str, name: str, *, at: str, **more: Any) -> Page:
    """Return a tab with a profile of its own, in which somebody has logged in; close its context.

    Parameters
    ----------
    browser
        The browser.
    url
        Address of a hub with the test identity provider.
    name
        Who logs in.
    at
        The page to land on.
    **more
        For the profile.
    """
    wide = {"width": 1440, "height": 900}
    context = browser.new_context(base_url=url, **{"viewport": wide, **more})
    tab = context.new_page()
    tab.goto(f"/hub/oauth_login?next={quote(at, safe='')}")
    tab.locator("#username").fill(name)
    tab.locator("#password").fill(name)
    tab.locator("form button[type=submit]").click()
    return tab
