"""Every page, walked through: axe-core, no inline code, no sideways scroll, text stays text."""

from __future__ import annotations

import re

import pytest
import yaml
from playwright.sync_api import expect

from tests.support.audit import HOSTILE, Audit
from tests.support.hub_and_neighbours import HubAndNeighbours

TERMS = f"# Terms\n\nBe *kind*. {HOSTILE} [Read on](https://example.org/)\n\n| a | b |\n|---|---|\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny")
    made.hub.profile("other")
    profile = made.hub.folder / "profiles" / "tiny.yaml"
    text = profile.read_text()
    profile.write_text(text.replace("A program for tests.", f"'{HOSTILE}'"))
    (made.hub.folder / "terms.md").write_text(TERMS)
    file = made.hub.folder / "settings.yaml"
    settings = yaml.safe_load(file.read_text())
    settings["pages"] = {
        "banner": {"en": HOSTILE, "fr": HOSTILE},
        "footer": {"en": HOSTILE, "fr": HOSTILE},
        "terms": "terms.md",
    }
    file.write_text(yaml.safe_dump(settings))
    with made:
        yield made


@pytest.fixture
def enter(browser, site):
    """Return a function that logs somebody in and opens a page."""
    contexts = []

    def opened(name, path="/hub/home"):
        context = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        if name:
            page.goto("/hub/oauth_login?next=%2Fhub%2Fhome")
            page.get_by_label("User name").fill(name)
            page.get_by_label("Password").fill(name)
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url("**/hub/home")
        audit = Audit(context, site.url)
        page.goto(path)
        return page, audit

    yield opened
    for context in contexts:
        context.close()


def test_signed_out(enter):
    page, audit = enter("", "/hub/login")
    audit.look(page, "login")
    page.get_by_role("link", name="Sign in").click()
    audit.look(page, "the identity provider's login")
    page.get_by_label("User name").fill(HOSTILE)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    audit.look(page, "the identity provider's refusal")
    page.goto("/hub/onyxia/terms")
    expect(page.get_by_role("main")).to_contain_text(HOSTILE)
    audit.look(page, "terms")
    page.goto("/hub/nothing")
    audit.look(page, "not found")
    assert audit.problems == [], "\n".join(audit.problems)


def test_the_launch(enter, site):
    page, audit = enter("alice", "/hub/spawn/alice/survey")
    expect(page.get_by_role("main")).to_contain_text(HOSTILE)
    page.locator("label[for=profile-item-tiny]").click()
    audit.look(page, "catalogue")
    panel = page.locator("#options-tiny")
    for each in panel.locator("details:not([open]) > summary").all():
        each.click()
    audit.look(page, "catalogue with all options")
    panel.get_by_label("Environment variables").fill("1=2")
    panel.get_by_role("button", name="Launch").click()
    expect(page.locator("#launch-error [role=alert]")).to_be_visible()
    audit.look(page, "catalogue with a refusal")
    panel.get_by_label("Environment variables").fill("TINY_DELAY=12")
    panel.get_by_role("button", name="Launch").click()
    page.wait_for_url("**/hub/spawn-pending/**")
    audit.look(page, "launching")
    page.goto("/hub/home")
    audit.look(page, "My services, starting")
    site.log_in("alice").wait_until_ready("survey")
    page.goto("/hub/spawn/alice/broken")
    page.locator("label[for=profile-item-tiny]").click()
    panel.get_by_text("More options").click()
    panel.get_by_label("Environment variables").fill(f"TINY_EXIT=3\nTINY_SAYS={HOSTILE}")
    panel.get_by_role("button", name="Launch").click()
    expect(page.locator("[data-onyxia-failed], #launch-error").first).to_be_visible()
    audit.look(page, "failed launch")
    page.goto("/hub/user/alice/broken/")
    audit.look(page, "not running")
    assert audit.problems == [], "\n".join(audit.problems)


def test_my_services(enter, site):
    alice = site.log_in("alice")
    alice.launch("mine", profile="tiny", init_script=f"echo '{HOSTILE}'")
    alice.launch("old", profile="tiny")
    alice.wait_until_ready("mine")
    alice.wait_until_ready("old")
    alice.stop("old")
    page, audit = enter("alice")
    card = page.locator("[data-server-name=mine]")
    card.get_by_role("button", name="Rename…").click()
    page.get_by_role("textbox", name="Name", exact=True).fill(HOSTILE)
    audit.look(page, "My services, rename")
    page.keyboard.press("Enter")
    expect(card.get_by_role("heading")).to_have_text(HOSTILE)
    audit.look(page, "My services")
    card.get_by_role("button", name="Log…").click()
    expect(page.get_by_role("log")).to_contain_text(HOSTILE)
    audit.look(page, "My services, log")
    page.keyboard.press("Escape")
    card.get_by_role("button", name=re.compile("Share")).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Nobody but you")
    dialog.get_by_label("User name").fill("bob")
    site.log_in("bob")
    dialog.get_by_role("button", name="Let in").click()
    expect(dialog.get_by_role("list")).to_contain_text("bob")
    expect(dialog.get_by_role("heading", level=2)).to_contain_text(HOSTILE)
    audit.look(page, "My services, share")
    assert audit.problems == [], "\n".join(audit.problems)

    other, theirs = enter("bob")
    expect(other.get_by_role("heading", name=HOSTILE)).to_be_visible()
    theirs.look(other, "My services, shared with me")
    assert theirs.problems == []


def test_my_account_and_tokens(enter):
    page, audit = enter("alice", "/hub/onyxia/account")
    audit.look(page, "My account")
    page.get_by_role("button", name="Make access and show it").click()
    expect(page.locator("[data-onyxia-snippets=s3]")).to_contain_text("Good until")
    audit.look(page, "My account with snippets")
    page.goto("/hub/token")
    page.get_by_label("Note").fill(HOSTILE)
    page.locator("form button[type=submit]").first.click()
    expect(page.locator("#token-result")).to_be_visible()
    audit.look(page, "Tokens, a new one")
    page.reload()
    expect(page.get_by_role("main")).to_contain_text(HOSTILE)
    audit.look(page, "Tokens")
    assert audit.problems == [], "\n".join(audit.problems)


def test_my_files(enter):
    page, audit = enter("alice", "/hub/onyxia/files")
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    audit.look(page, "My files, empty")
    page.locator("#files-chosen").set_input_files(
        [
            {"name": HOSTILE.replace("/", ""), "mimeType": "", "buffer": HOSTILE.encode()},
            {"name": "table.csv", "mimeType": "", "buffer": f"a,{HOSTILE}\n1,{HOSTILE}\n".encode()},
        ]
    )
    expect(page.locator("[data-onyxia-uploads] li", has_text="Uploaded")).to_have_count(2)
    table = page.get_by_role("table")
    expect(table).to_contain_text("table.csv")
    audit.look(page, "My files")
    page.get_by_role("button", name="New folder…").click()
    audit.look(page, "My files, new folder")
    page.keyboard.press("Escape")
    for shown in (HOSTILE.replace("/", ""), "table.csv"):
        page.locator(".ox-files-open", has_text=shown).click()
        expect(page.locator("#files-preview")).to_contain_text(HOSTILE)
        audit.look(page, f"My files, preview of {shown}")
        page.keyboard.press("Escape")
    row = table.get_by_role("row").filter(has_text="<img")
    for what in ("Link to", "Delete"):
        row.get_by_label(what).click()
        expect(page.get_by_role("dialog")).to_contain_text("<img")
        audit.look(page, f"My files, {what}")
        page.keyboard.press("Escape")
    assert audit.problems == [], "\n".join(audit.problems)


def test_my_secrets(enter, site):
    alice = site.log_in("alice")
    page, audit = enter("alice", "/hub/onyxia/secrets")
    expect(page.get_by_text("You have no secrets yet")).to_be_visible()
    audit.look(page, "My secrets, none")
    page.get_by_role("button", name="New secret").click()
    audit.look(page, "My secrets, name")
    page.keyboard.press("Escape")
    for value in (HOSTILE, "new"):
        body = {"values": {HOSTILE: value}}
        alice.api("PUT", "onyxia/users/alice/secrets/plain", json=body).raise_for_status()
    page.goto("/hub/onyxia/secrets#plain")
    page.reload()
    expect(page.locator("#secret-title")).to_have_text("plain")
    audit.look(page, "My secrets, hidden")
    page.get_by_role("button", name="See version 1").click()
    expect(page.get_by_text("This is version 1, of")).to_be_visible()
    page.get_by_role("button", name="Show all values").click()
    audit.look(page, "My secrets, an old version")
    page.get_by_role("button", name="Back to the newest version").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text("plain")
    audit.look(page, "My secrets, delete")
    page.keyboard.press("Escape")
    page.get_by_role("navigation", name="Folder").get_by_role("link", name="My secrets").click()
    expect(page.get_by_role("link", name="plain")).to_be_visible()
    audit.look(page, "My secrets")
    assert audit.problems == [], "\n".join(audit.problems)


def test_administration(enter, site):
    alice = site.log_in("alice")
    alice.launch("seen", profile="tiny")
    alice.wait_until_ready("seen")
    alice.api("PUT", "onyxia/users/alice/servers/seen/name", json={"display_name": HOSTILE})
    alice.launch("wrong", profile="tiny", env={"TINY_EXIT": "3", "TINY_SAYS": HOSTILE})
    page, audit = enter("admin", "/hub/onyxia/admin")
    row = page.locator("tr[data-onyxia-service='alice/seen']")
    expect(row).to_contain_text(HOSTILE)
    row.get_by_role("checkbox").check()
    audit.look(page, "Administration")
    page.get_by_role("button", name="Stop them").click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    audit.look(page, "Administration, stop")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Write a message").click()
    page.get_by_role("dialog").get_by_label("Text").fill(HOSTILE)
    audit.look(page, "Administration, write")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The message is sent.")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Messages of administrators")).to_contain_text(HOSTILE)
    page.locator("[data-onyxia-failures] [data-onyxia-cause] summary").first.click()
    audit.look(page, "Administration, sent")
    page.goto("/hub/admin")
    expect(page.get_by_text("alice", exact=True).first).to_be_visible()
    audit.look(page, "JupyterHub's panel")
    assert audit.problems == [], "\n".join(audit.problems)

    other, theirs = enter("alice", "/hub/onyxia/admin")
    expect(other.get_by_text("is for administrators")).to_be_visible()
    expect(other.get_by_role("main")).to_contain_text(HOSTILE)
    theirs.look(other, "refused")
    other.goto("/hub/logout")
    theirs.look(other, "signed out")
    assert theirs.problems == [], "\n".join(theirs.problems)
