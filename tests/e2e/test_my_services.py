"""“My services” in a real browser: states, log, name, stop, start again and delete, no reload."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture, signed_in

NASTY = "Census <img src=x onerror=alert(1)>"


@pytest.fixture
def page(browser, site):
    made = signed_in(browser, site.url, "alice", at="/hub/home")
    yield made
    made.context.close()


def test_a_service_from_its_start_to_its_end(site, page):
    expect(page.get_by_role("link", name="Choose a service")).to_be_visible()
    alice = site.log_in("alice")
    options = {"profile": "tiny", "init_script": "echo counting"}
    assert alice.launch("survey", **options).status_code in {201, 202}
    alice.wait_until_ready("survey")
    page.reload()
    page.evaluate("window.sameDocument = true")

    # What is started elsewhere comes by itself.
    assert alice.launch("other", profile="tiny").status_code in {201, 202}
    other = page.locator("[data-server-name=other]")
    expect(other.get_by_text("Running")).to_be_visible(timeout=20_000)

    card = page.locator("[data-server-name=survey]")
    expect(card).to_contain_text("0.5\N{EN DASH}2 cores, 1\N{EN DASH}4 GiB")
    expect(card).to_contain_text(re.compile(r"Started (now|\d+ \w+ ago)"))
    card.get_by_role("button", name="Log…").click()
    log = page.get_by_role("dialog", name="Log of “survey”")
    expect(log.get_by_role("log")).to_contain_text("counting")
    expect(log).to_contain_text("secrets are taken out")
    picture(page, "service-log")
    page.keyboard.press("Escape")
    expect(log).to_be_hidden()

    card.get_by_role("button", name="Rename…").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Write a name.")).to_be_visible()
    page.get_by_role("textbox", name="Name", exact=True).fill(NASTY)
    page.keyboard.press("Enter")
    expect(card.get_by_role("heading")).to_have_text(NASTY)
    assert page.locator("img[src=x]").count() == 0

    picture(page, "my-services")
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "my-services-narrow")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.set_viewport_size({"width": 1440, "height": 900})

    card.get_by_role("button", name="Stop").click()
    expect(card.get_by_text("Stopped")).to_be_visible(timeout=20_000)
    page.once("dialog", lambda dialog: dialog.dismiss())
    card.get_by_role("button", name="Delete").click()
    expect(card).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    card.get_by_role("button", name="Delete").click()
    expect(card).to_have_count(0)
    assert page.evaluate("window.sameDocument"), "all of this without a reload"
    assert "survey" not in alice.api("GET", "onyxia/users/alice/services").text

    other.get_by_role("button", name="Stop").click()
    expect(other.get_by_text("Stopped")).to_be_visible(timeout=20_000)
    other.get_by_role("button", name="Start again").click()
    page.wait_for_url(re.compile(r"/(spawn-pending|user)/alice/other"))
    alice.wait_until_ready("other")
