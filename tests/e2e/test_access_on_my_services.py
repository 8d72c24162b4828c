"""“My services” tells until when a service has access to S3 and Vault."""

from __future__ import annotations

import json
import os
import re
import subprocess

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture
from tests.support.hub_and_neighbours import HubAndNeighbours


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny")
    made.hub.profile("fixed", "credentials: {s3: static, vault: off}")
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    person = site.log_in("alice")
    for server, profile in (("lab", "tiny"), ("old", "fixed")):
        assert person.launch(server, profile=profile).status_code in {201, 202}
        person.wait_until_ready(server)
    return person


@pytest.fixture
def page(browser, site, alice):
    context = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900})
    made = context.new_page()
    log_in(made)
    yield made
    context.close()


def log_in(page):
    page.goto("/hub/oauth_login?next=%2Fhub%2Fhome")
    page.get_by_label("User name").fill("alice")
    page.get_by_label("Password").fill("alice")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My services")).to_be_visible()


def test_each_service_tells_until_when_and_is_renewed_by_a_click(alice, page):
    lab = page.locator("[data-onyxia-access=lab]")
    expect(lab).to_contain_text(re.compile(r"S3 access until \d+:\d+.*, renewed before\."))
    expect(lab).to_contain_text(re.compile(r"Vault access until \d+:\d+.*, renewed before\."))
    old = page.locator("[data-onyxia-access=old]")
    expect(old).to_contain_text("its program sees new keys when it is started again")
    expect(old).not_to_contain_text("Vault")
    expect(page.get_by_text("Your login has ended")).to_be_hidden()

    lab.get_by_role("button", name="Renew now").click()
    expect(lab.get_by_role("status")).to_have_text("Renewed.")
    picture(page, "access")

    # The command beside it does the same.
    card = page.locator("[data-server-name=lab]")
    card.get_by_text("The same from a terminal").click()
    shown = card.locator("[data-onyxia-command-text]").text_content()
    [command] = [part for part in shown.split("\n\n") if part.startswith("# Renew its S3")]
    env = {**os.environ, "ONYXIA_HUB_TOKEN": alice.token}
    said = subprocess.check_output(["sh", "-c", command], env=env, text=True)
    assert json.loads(said)["servers"]["lab"]["credentials"]["s3"]["problem"] is None
    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "access-narrow")


def test_what_can_not_be_renewed_is_told_beside_the_service(site, page):
    lab = page.locator("[data-onyxia-access=lab]")
    site.sts_door.mode = "cut"
    try:
        lab.get_by_role("button", name="Renew now").click()
        expect(lab.get_by_role("status")).to_have_text("Not everything could be renewed.")
        expect(lab.get_by_role("listitem").first).to_contain_text(
            re.compile("S3 access until .*, and not renewed: S3 storage at .* does not answer")
        )
        picture(page, "access-problem")
    finally:
        site.sts_door.mode = "open"
    lab.get_by_role("button", name="Renew now").click()
    expect(lab.get_by_role("status")).to_have_text("Renewed.")


def test_a_login_that_ended_is_asked_for_and_repairs_all(site, page):
    site.hub.api("POST", "onyxia/users/alice/credentials/revoke").raise_for_status()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    banner = page.get_by_text("Your login has ended")
    expect(banner).to_be_visible(timeout=15_000)
    lab = page.locator("[data-onyxia-access=lab]")
    expect(lab).to_contain_text(re.compile("S3 access until .*, and not renewed before you log in"))
    picture(page, "login-ended")

    page.get_by_role("link", name="Log in again").click()
    if page.get_by_label("Password").is_visible():
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill("alice")
        page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="My services")).to_be_visible()
    expect(banner).to_be_hidden(timeout=20_000)
    expect(lab).to_contain_text(re.compile("S3 access until .*, renewed before"), timeout=20_000)
