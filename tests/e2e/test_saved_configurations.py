"""Saved configurations: on the launch form, above the catalogue, and by REST."""

from __future__ import annotations

import json
import re
import subprocess
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import log_in, picture, run_as, signed_in
from tests.support.demo import RunningDemo
from tests.support.hub import Person
from tests.support.progress import told

SECRET = "not-for-addresses"
NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture
def page(browser, site):
    made = signed_in(browser, site.url, "alice", at="/hub/spawn")
    yield made
    made.context.close()


def test_saved_started_edited_and_deleted(site, page):
    alice = site.log_in("alice")
    section = page.get_by_role("region", name="Saved configurations")
    expect(page.get_by_role("button", name="Launch tiny")).to_be_visible()
    expect(section).to_be_hidden()
    page.get_by_text("More options").click()
    page.get_by_label("Environment variables").fill(f"KEY={SECRET}")
    page.get_by_role("button", name="Save this configuration…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill(NASTY)
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_text("can't be the name of a configuration")).to_be_visible()
    dialog.get_by_label("Name").fill("Été 2026")
    dialog.get_by_text("The same from a terminal").click()
    command = dialog.locator("[data-onyxia-command-text]").text_content()
    picture(page, "saved-dialog")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("“Été 2026” is saved.")).to_be_visible()
    card = section.get_by_role("listitem")
    expect(card).to_contain_text("Its own: Environment variables")
    assert SECRET not in section.text_content()

    # A second time it says that it replaces; the command of before says that nothing is lost.
    with pytest.raises(subprocess.CalledProcessError):
        run_as(alice, command)
    page.get_by_role("button", name="Save this configuration…").click()
    dialog.get_by_label("Name").fill("Été 2026")
    expect(dialog.get_by_text("Saving replaces it")).to_be_visible()
    dialog.get_by_role("button", name="Replace").click()
    expect(card).to_have_count(1)

    # Edited: the form has what was saved, and nothing of it is in the address.
    page.goto("/hub/spawn")
    card.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Environment variables")).to_have_value(f"KEY={SECRET}")
    assert SECRET not in page.url
    card.get_by_text("The same from a terminal").click()
    picture(page, "saved-card")
    start, show, delete = card.locator("[data-onyxia-command-text]").text_content().split("\n\n")
    assert json.loads(run_as(alice, show))["user_options"]["env"] == {"KEY": SECRET}

    # One click, and it starts. (No proxy leads to the programs of this hub; the demo has one.)
    page.goto("/hub/spawn/alice/lab")
    card.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("/spawn-pending/alice/lab|/user/alice/lab"))
    told(alice, "lab")
    assert site.hub.environment_of("alice", "lab")["KEY"] == SECRET
    alice.stop("lab")
    run_as(alice, start.replace("/users/alice/server'", "/users/alice/servers/again'"))
    told(alice, "again")
    assert site.hub.environment_of("alice", "again")["KEY"] == SECRET
    alice.stop("again")

    page.goto("/hub/spawn")
    page.set_viewport_size({"width": 375, "height": 800})
    expect(card).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    picture(page, "saved-narrow")
    page.on("dialog", lambda asked: asked.accept())
    card.get_by_role("button", name="Delete").click()
    expect(section).to_be_hidden()
    with pytest.raises(subprocess.CalledProcessError):
        run_as(alice, delete)
    assert SECRET not in site.hub.log


def path_of(name):
    return f"onyxia/users/alice/configurations/{quote(name, safe='')}"


def test_what_cannot_start_says_why_and_bad_input_what_to_do(site, page):
    alice, bob = site.log_in("alice"), site.log_in("bob")
    known = {"user_options": {"profile": "tiny"}}
    assert alice.api("PUT", path_of("good"), json=known).status_code == 201
    taken = alice.api("PUT", path_of("good"), json=known)
    assert taken.status_code == 409
    assert "You already have a configuration “good”" in taken.json()["message"]
    assert alice.api("PUT", path_of("good"), json={**known, "replace": True}).status_code == 200
    for wrong in ([], {"options": {}}, {**known, "replace": "yes"}):
        refused = alice.api("PUT", path_of("bad"), json=wrong)
        # ConfigurationInvalid
        assert refused.status_code == 400
        assert "Not saved: " in refused.json()["message"]
    for wrong in ({"user_options": {}}, {}):
        assert alice.api("PUT", path_of("bad"), json=wrong).status_code == 400
    for name in (" ", "a/b", "x" * 51):
        assert alice.api("PUT", path_of(name), json=known).status_code == 400
    assert alice.api("GET", path_of("none")).status_code == 404
    for method in ("GET", "PUT", "DELETE"):
        for somebody in (bob, site.hub):
            refused = somebody.api(method, path_of("good"), json=known)
            assert refused.status_code in {403, 404}

    # Written by another tool, or of a profile that is gone: told, and not to be started.
    secret = "onyxia/users/alice/secrets/.onyxia/configurations"
    values = {"gone": {"profile": "gone"}, NASTY: {"profile": "tiny", "cpu_limit": "1000"}}
    found = alice.api("GET", secret).json()
    assert found["values"]["good"] == known["user_options"]
    body = {"values": {**found["values"], **values}}
    assert alice.api("PUT", secret, json=body).status_code in {200, 201}
    page.goto("/hub/spawn")
    cards = page.get_by_role("region", name="Saved configurations").get_by_role("listitem")
    expect(cards).to_have_count(3)
    gone = cards.filter(has=page.get_by_role("heading", name="gone"))
    expect(gone).to_contain_text("there is no profile “gone”")
    expect(gone.get_by_role("button", name="Start")).to_be_hidden()
    odd = cards.filter(has=page.get_by_text(NASTY))
    expect(odd).to_contain_text("cpu_limit")
    expect(odd.get_by_role("button", name="Start")).to_be_hidden()
    odd.get_by_role("button", name="Edit").click()
    expect(page.get_by_text("Not as it was saved.")).to_be_visible()
    picture(page, "saved-problems")

    site.vault_door.mode = "cut"
    try:
        # The catalogue does not wait for Vault.
        page.goto("/hub/spawn")
        expect(page.get_by_role("button", name="Launch tiny")).to_be_visible()
        expect(page.get_by_text("be read now.")).to_be_visible()
    finally:
        site.vault_door.mode = "open"
    page.get_by_role("button", name="Try again").click()
    expect(cards).to_have_count(3)


def test_one_click_from_the_catalogue_opens_jupyter(demo: RunningDemo, context):
    bob = Person(demo.url, "bob")
    saved = "onyxia/users/bob/configurations/course"
    options = {"user_options": {"profile": "jupyter-python", "env": {"COURSE": "1"}}}
    assert bob.api("PUT", saved, json=options).status_code == 201
    page = context.new_page()
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/spawn/bob/course")
    page.get_by_role("button", name="Start: course").click()
    page.wait_for_url("**/user/bob/course/lab**")
    page.wait_for_selector("#jp-main-dock-panel")
    bob.stop("course")
    assert bob.api("DELETE", saved).status_code == 204
