"""The administration page: a real hub, its real services, and a real browser."""

from __future__ import annotations

import csv
import os
import subprocess
import time

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture
from tests.support.lone_hub import LOCAL, OPERATOR, LoneHub
from tests.support.spawning import write_profile

XSS = '<img src=x onerror="document.title=`owned`"><b>bold</b>'
TEXT = f"The hub stops at 18:00.\n{XSS}"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("administration"), culling={"idle_timeout": 7200})
    made.profile("tiny")
    write_profile(
        made.folder / "profiles", "deep", more=f"  gpu: {{min: 0, max: 3, default: 2}}\n{LOCAL}"
    )
    made.start()
    try:
        made.api("POST", "users/root", json={"admin": True}).raise_for_status()
        for name in ("alice", "bob", "carol"):
            made.person(name)
        launch(made, "alice", "lab", "tiny")
        launch(made, "alice", "survey", "tiny", display_name="Enquête emploi 2026")
        launch(made, "bob", "deep", "deep", display_name=XSS)
        for user, options in (
            ("alice", {"profile": "tiny", "cpu_limit": "100"}),
            ("carol", {"profile": "tiny", "cpu_limit": "100"}),
            ("carol", {"profile": "tiny", "env": {"TINY_EXIT": "3"}}),
        ):
            made.api("POST", f"users/{user}/servers/broken", json={"user_options": options})
        yield made
    finally:
        made.stop()


def launch(hub, user, server, profile, *, display_name=""):
    body = {"display_name": display_name, "user_options": {"profile": profile}}
    hub.api("POST", f"users/{user}/servers/{server}", json=body).raise_for_status()
    end = time.monotonic() + 60
    while not hub.servers(user).get(server, {}).get("ready"):
        assert time.monotonic() < end, hub.log
        time.sleep(0.2)


@pytest.fixture
def enter(browser, hub):
    """Return a function that opens a tab as somebody."""
    contexts = []

    def opened(name, *, width=1440, height=1000, **more):
        context = browser.new_context(
            base_url=f"http://127.0.0.1:{hub.port}",
            viewport={"width": width, "height": height},
            **{"locale": "en-GB", **more},
        )
        contexts.append(context)
        context.request.get("/hub/login")
        xsrf = next(each["value"] for each in context.cookies() if each["name"] == "_xsrf")
        form = {"username": name, "password": "for-tests", "_xsrf": xsrf}
        assert context.request.post("/hub/login?next=/hub/token", form=form).ok
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


def row(page, service):
    return page.locator(f"tr[data-onyxia-service='{service}']")


def names(page):
    rows = page.locator("[data-onyxia-table] tbody tr")
    return [each.get_attribute("data-onyxia-service") for each in rows.all()]


def no_wider_than_the_window(page):
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_an_administrator_sees_filters_and_takes_it_along(hub, enter, tmp_path):
    page = enter("root")
    page.goto("/hub/home")
    page.get_by_role("link", name="Administration").click()
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    expect(row(page, "bob/deep")).to_contain_text("running")
    expect(row(page, "bob/deep")).to_contain_text(XSS)
    assert page.locator("main img").count() == 0
    expect(page).to_have_title("Administration · Onyxia Hub")
    expect(page.locator("[data-onyxia-sum=running]")).to_have_text("3")
    expect(page.locator("[data-onyxia-sum=cpu]")).to_have_text("1.5 CPU")
    expect(page.locator("[data-onyxia-sum=memory]")).to_have_text("3 GiB")
    expect(page.locator("[data-onyxia-sum=gpu]")).to_have_text("2")
    expect(page.locator("[data-onyxia-sum=failed]")).to_have_text("3")
    assert set(names(page)) == {"alice/lab", "alice/survey", "bob/deep"}
    picture(page, "administration")

    wrong = page.locator("[data-onyxia-cause=InvalidOption]")
    expect(wrong).to_contain_text("100 is more than 8")
    wrong.locator("summary").click()
    expect(wrong).to_contain_text("2 people met it.")
    expect(page.locator("[data-onyxia-cause=ProgramFailed]")).to_contain_text("exit code 3")
    page.locator("[data-onyxia-failures]").scroll_into_view_if_needed()
    picture(page, "administration-below")

    # Filters: by words, by user with a click, by profile, by state; all in the address.
    page.get_by_label("Search").fill("enquête")
    expect(row(page, "alice/lab")).to_have_count(0)
    assert names(page) == ["alice/survey"]
    page.get_by_role("button", name="Show all again").click()
    expect(row(page, "alice/lab")).to_be_visible()
    row(page, "bob/deep").get_by_role("button", name="bob", exact=True).click()
    expect(row(page, "alice/lab")).to_have_count(0)
    assert "user=bob" in page.url
    page.reload()
    expect(row(page, "bob/deep")).to_be_visible()
    assert names(page) == ["bob/deep"]
    page.get_by_role("button", name="Show all again").click()
    page.get_by_label("State").select_option("stopped")
    expect(row(page, "carol/broken")).to_contain_text("stopped")
    page.get_by_label("State").select_option("")
    page.get_by_label("Profile").select_option("deep")
    expect(row(page, "carol/broken")).to_have_count(0)
    assert names(page) == ["bob/deep"]
    page.get_by_label("Not used for").select_option(str(3600))
    expect(page.get_by_text("No service is like that.")).to_be_visible()

    # Sorting.
    page.get_by_role("button", name="Show all again").click()
    expect(row(page, "alice/lab")).to_be_visible()
    gpus = page.get_by_role("columnheader", name="GPUs").first
    gpus.get_by_role("button").click()
    expect(gpus).to_have_attribute("aria-sort", "ascending")
    gpus.get_by_role("button").click()
    expect(gpus).to_have_attribute("aria-sort", "descending")
    expect(page.locator("[data-onyxia-table] tbody tr").first).to_contain_text("bob")

    # The sheet has what the page shows.
    page.get_by_label("User", exact=True).fill("bob")
    expect(row(page, "alice/lab")).to_have_count(0)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "services.csv"
    download.value.save_as(tmp_path / "services.csv")
    with (tmp_path / "services.csv").open(newline="") as sheet:
        assert [each["display_name"] for each in csv.DictReader(sheet)] == [XSS]

    # JupyterHub's own panel, and back.
    page.get_by_role("link", name="Users and groups").click()
    expect(page.get_by_text("alice", exact=True).first).to_be_visible()
    picture(page, "administration-jupyterhub")
    page.get_by_role("link", name="Everybody's services").click()
    expect(page.get_by_role("heading", name="Everybody's services")).to_be_visible()


def test_the_chosen_are_stopped_after_a_question_that_names_them(hub, enter):
    launch(hub, "carol", "one", "tiny")
    launch(hub, "carol", "two", "tiny", display_name=XSS)
    launch(hub, "carol", "three", "tiny")
    page = enter("root")
    page.goto("/hub/onyxia/admin?user=carol&state=active")
    for name in ("one", "two"):
        row(page, f"carol/{name}").get_by_role("checkbox").check()
    expect(page.get_by_text("2 services chosen")).to_be_visible()
    picture(page, "administration-chosen")

    page.get_by_role("button", name="Stop them").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Stop 2 services?")
    expect(dialog).to_contain_text("one of carol (Tiny)")
    expect(dialog).to_contain_text(f"{XSS} of carol (Tiny)")
    assert dialog.locator("img").count() == 0
    picture(page, "administration-stop")
    dialog.get_by_role("button", name="Cancel").click()
    assert set(hub.servers("carol")) == {"one", "two", "three"}

    page.get_by_role("button", name="Stop them").click()
    dialog.get_by_role("button", name="Stop 2 services").click()
    expect(dialog).to_be_hidden(timeout=30_000)
    expect(row(page, "carol/one")).to_have_count(0, timeout=40_000)
    assert set(hub.servers("carol")) == {"three"}

    # The command that is shown does the same.
    row(page, "carol/three").get_by_role("button", name="Stop three of carol").click()
    command = dialog.locator("[data-onyxia-command-text]").text_content()
    env = {"PATH": os.environ["PATH"], "ONYXIA_HUB_TOKEN": OPERATOR}
    done = subprocess.run(["sh", "-c", command], env=env, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert hub.servers("carol").get("three", {}).get("ready") is not True


COMMAND = """async () => {
  const script = document.querySelector('script[src$="/overview.js"]').src;
  const { fillCommand } = await import(new URL("elements.js", script));
  const block = document.querySelector("[data-onyxia-command]").cloneNode(true);
  fillCommand(block, [{ what: "Stop a\\ntouch owned\\r\\u0085", command: "curl x" }]);
  return block.querySelector("[data-onyxia-command-text]").textContent;
}"""


def test_a_name_in_a_command_stays_in_its_comment(enter):
    page = enter("root")
    page.goto("/hub/onyxia/admin")
    assert page.evaluate(COMMAND) == "# Stop a touch owned \ncurl x"


def test_a_message_reaches_the_owner_who_dismisses_it(hub, enter):
    page = enter("root")
    page.goto("/hub/onyxia/admin")
    row(page, "bob/deep").get_by_role("checkbox").check()
    page.get_by_role("button", name="Write to their owners").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("User names")).to_have_value("bob")
    dialog.get_by_label("Text").fill(TEXT)
    expect(dialog).to_contain_text("characters left")
    picture(page, "administration-write")

    dialog.get_by_label("User names").fill("bob, mallory")
    dialog.get_by_role("button", name="Send").click()
    expect(dialog).to_contain_text("the hub knows nobody of the name mallory")
    dialog.get_by_label("User names").fill("bob")
    dialog.get_by_role("button", name="Send").click()
    expect(page.get_by_text("The message is sent.")).to_be_visible()
    sent = page.locator("[data-onyxia-sent]")
    expect(sent).to_contain_text("to one person")
    sent.scroll_into_view_if_needed()
    picture(page, "administration-sent")

    bob, alice = enter("bob"), enter("alice")
    for path in ("/hub/home", "/hub/token", "/hub/onyxia/account"):
        bob.goto(path)
        told = bob.get_by_role("region", name="Messages of administrators")
        expect(told).to_contain_text("Message from root")
        expect(told).to_contain_text(XSS)
    assert bob.locator("main img").count() == 0
    expect(bob).to_have_title("My account · Onyxia Hub")
    picture(bob, "message")
    alice.goto("/hub/home")
    expect(alice.get_by_role("heading", name="My services")).to_be_visible()
    alice.wait_for_load_state("networkidle")
    expect(alice.get_by_role("region", name="Messages of administrators")).to_be_hidden()

    told.get_by_role("button", name="Dismiss").click()
    expect(told).to_be_hidden()
    bob.reload()
    bob.wait_for_load_state("networkidle")
    expect(told).to_be_hidden()
    page.reload()
    expect(sent).to_contain_text("1 dismissed it")
    sent.get_by_role("button", name="Withdraw").click()
    expect(sent).to_contain_text("None.")
    assert hub.api("GET", "onyxia/messages").json()["messages"] == []


def test_it_fits_a_phone_and_speaks_french(hub, enter):
    number = hub.api("POST", "onyxia/messages", json={"text": TEXT, "to": ["root"]}).json()["id"]
    page = enter("root", width=375, height=900, locale="fr-FR", color_scheme="dark")
    page.goto("/hub/onyxia/admin")
    expect(row(page, "bob/deep")).to_be_visible()
    expect(page.get_by_role("region", name="Messages des administrateurs")).to_contain_text(XSS)
    assert no_wider_than_the_window(page)
    page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
    picture(page, "administration-narrow")
    row(page, "bob/deep").scroll_into_view_if_needed()
    picture(page, "administration-narrow-rows")
    page.locator("[data-onyxia-write]").scroll_into_view_if_needed()
    page.locator("[data-onyxia-write]").click()
    picture(page, "administration-narrow-write")
    assert no_wider_than_the_window(page)
    hub.api("DELETE", f"onyxia/messages/{number}").raise_for_status()


def test_nobody_else_comes_in(enter):
    page = enter("bob")
    page.goto("/hub/home")
    expect(page.get_by_role("heading", name="My services")).to_be_visible()
    assert page.get_by_role("link", name="Administration").count() == 0
    assert page.goto("/hub/onyxia/admin").status == 403
    expect(page.get_by_text("is for administrators")).to_be_visible()
