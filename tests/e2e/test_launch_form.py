"""The launch form's tools in a real browser, and its command run as it stands."""

from __future__ import annotations

import os
import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture
from tests.support.hub_and_neighbours import HubAndNeighbours

# Whatever a shell, JSON or curl could take for their own.
SCRIPT = "echo \"it's me\" $HOME `id` \\\\ '@x' é"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny")
    made.hub.profile("other")
    with made:
        yield made


@pytest.fixture
def page(browser, site):
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": 1440, "height": 1000},
        permissions=["clipboard-read", "clipboard-write"],
    )
    made = context.new_page()
    made.goto("/hub/oauth_login?next=%2Fhub%2Fspawn%2Falice%2Fsurvey")
    made.get_by_label("User name").fill("alice")
    made.get_by_label("Password").fill("alice")
    made.get_by_role("button", name="Sign in").click()
    expect(made.get_by_role("heading", name="Choose what “survey” runs")).to_be_visible()
    yield made
    context.close()


def choose(page):
    """Choose the tiny profile and options that are not its own; return its panel."""
    page.locator("label[for=profile-item-tiny]").click()
    panel = page.locator("#options-tiny")
    panel.get_by_label("CPU at most").select_option("1")
    more = panel.locator("details", has_text="Script to run first")
    if more.get_attribute("open") is None:
        panel.get_by_text("More options").click()
    panel.get_by_label("Script to run first").fill(SCRIPT)
    panel.get_by_label("Environment variables").fill('COLOUR=d\'azur "fin"\nOTHER=$x')
    return panel


def test_the_command_is_in_view_and_does_what_the_button_does(site, page):
    panel = choose(page)
    block = panel.locator("[data-onyxia-command-text]")
    expect(block).to_be_visible()
    picture(page, "launch-form")
    command = block.text_content()
    alice = site.log_in("alice")
    done = subprocess.run(
        ["bash", "-c", command],
        env={"PATH": os.environ["PATH"], "ONYXIA_HUB_TOKEN": alice.token},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    alice.wait_until_ready("survey")
    [kept] = [
        server["user_options"]
        for name, server in alice.api("GET", "users/alice").json()["servers"].items()
        if name == "survey"
    ]
    assert kept["profile"] == "tiny"
    assert kept["cpu_limit"] == "1"
    assert kept["init_script"] == SCRIPT
    assert kept["env"] == {"COLOUR": 'd\'azur "fin"', "OTHER": "$x"}
    assert alice.api("DELETE", "users/alice/servers/survey").status_code in {202, 204}


def test_defaults_come_back(page):
    panel = choose(page)
    panel.get_by_role("button", name="Restore defaults").click()
    expect(panel.get_by_label("CPU at most")).to_have_value("2")
    expect(panel.get_by_label("Script to run first")).to_have_value("")
    expect(panel.get_by_label("Environment variables")).to_have_value("")
    expect(panel.locator("[data-onyxia-command-text]")).not_to_contain_text("COLOUR")


def test_a_link_fills_in_the_form_of_whoever_follows_it(site, page):
    panel = choose(page)
    panel.get_by_role("button", name="Copy a link to this form").click()
    expect(panel.get_by_text("Link copied, without the environment variables")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "COLOUR" not in link
    query = parse_qs(urlsplit(link).query)
    assert query["opt-profile"] == ["tiny"]
    assert query["opt-cpu_limit"] == ["1"]

    page.goto(link)
    panel = page.locator("#options-tiny")
    expect(panel.get_by_label("CPU at most")).to_have_value("1")
    expect(panel.get_by_label("Script to run first")).to_have_value(SCRIPT)
    alice = site.log_in("alice")
    assert "survey" not in alice.api("GET", "users/alice").json()["servers"]
