"""The warning before a service is stopped: a real hub and culler, and a real browser."""

from __future__ import annotations

import os
import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture
from tests.support.lone_hub import OPERATOR, LoneHub

LIMIT = 24


@pytest.fixture
def hub(tmp_path):
    made = LoneHub(tmp_path, culling={"warn_before": 12, "check_every": 1})
    made.profile("brief", f"idle_timeout: {LIMIT}")
    made.profile("usual")
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture
def page(browser, hub):
    context = browser.new_context(
        base_url=f"http://127.0.0.1:{hub.port}", viewport={"width": 1440, "height": 900}
    )
    context.request.get("/hub/login")
    xsrf = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "_xsrf")
    form = {"username": "alice", "password": "for-tests", "_xsrf": xsrf}
    assert context.request.post("/hub/login?next=/hub/home", form=form).ok
    yield context.new_page()
    context.close()


def test_the_owner_is_warned_keeps_it_running_and_else_it_is_stopped(hub, page):
    hub.launch("alice", "usual", "usual")
    hub.launch("alice", "lab", "brief")
    page.goto("/hub/home")
    card = page.locator("[data-server-name=lab]")
    warning = page.get_by_role("region", name="Services about to be stopped")
    keep = warning.get_by_role("button", name="Keep it running (lab)")
    expect(card).to_contain_text("if nobody uses it")
    expect(page.locator("[data-server-name=usual]")).to_contain_text("if nobody uses it")
    expect(warning).to_be_hidden()

    expect(warning).to_contain_text(re.compile("“lab” stops in [0-9]+ seconds"), timeout=20_000)
    expect(page).to_have_title(re.compile("seconds left: lab · My services"))
    expect(warning).not_to_contain_text("usual")
    warning.get_by_text("The same from a terminal").click()
    command = warning.locator("[data-onyxia-command-text]").text_content()
    assert "/hub/api/users/alice/activity" in command
    picture(page, "idle-warning")

    keep.click()
    expect(warning).to_be_hidden()
    kept = page.get_by_text(f"“lab” keeps running. It stops after {LIMIT} seconds without use.")
    expect(kept).to_be_attached()
    expect(page).to_have_title(re.compile("^My services"))

    # On any other page too.
    page.goto("/hub/token")
    expect(keep).to_be_visible(timeout=30_000)
    gone = warning.get_by_text("“lab” was stopped, because nobody used it.")
    expect(gone).to_be_visible(timeout=60_000)
    expect(keep).to_have_count(0)
    assert set(hub.servers("alice")) == {"usual"}


def test_the_command_that_the_page_shows_keeps_it_running_too(hub, page):
    hub.launch("alice", "lab", "brief")
    page.goto("/hub/home")
    warning = page.get_by_role("region", name="Services about to be stopped")
    expect(warning).to_be_visible(timeout=20_000)
    before = hub.servers("alice")["lab"]["last_activity"]
    command = warning.locator("[data-onyxia-command-text]").text_content()

    env = {"PATH": os.environ["PATH"], "ONYXIA_HUB_TOKEN": OPERATOR}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, check=False)

    assert done.returncode == 0, done.stderr
    assert hub.servers("alice")["lab"]["last_activity"] > before
