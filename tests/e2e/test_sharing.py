"""Sharing a service: who gets in, who does not, and what each is told, by REST and on the pages."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, picture
from tests.support.demo import RunningDemo
from tests.support.hub import Person
from tests.support.kernel import run_code

SHARES = "shares/alice/survey"


@pytest.fixture(scope="module")
def alice(demo: RunningDemo) -> Iterator[Person]:
    person = Person(demo.url, "alice")
    assert person.launch("survey", profile="jupyter-python").status_code in (201, 202)
    person.service = person.wait_until_ready("survey")
    yield person
    person.stop("survey")


@pytest.fixture(autouse=True)
def nobody(alice: Person) -> Iterator[None]:
    """Each test starts and ends with a service that is shared with nobody."""
    alice.api("DELETE", SHARES).raise_for_status()
    yield
    alice.api("DELETE", SHARES).raise_for_status()


def shared_with(alice: Person) -> list[tuple[str, str]]:
    items = alice.api("GET", SHARES).json()["items"]
    return [(item["kind"], item[item["kind"]]["name"]) for item in items]


def status_for(name: str, alice: Person) -> int:
    """Return what somebody gets of the service, with a token that it has not seen before."""
    person = Person(alice.url, name)
    answer = requests.get(
        f"{alice.service}/api/status",
        headers={"Authorization": f"token {person.token}"},
        timeout=30,
    )
    return answer.status_code


# -- by REST


def test_only_whom_a_service_is_shared_with_gets_in(alice):
    assert status_for("bob", alice) == 403

    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    assert status_for("bob", alice) == 200

    alice.api("PATCH", SHARES, json={"user": "bob"}).raise_for_status()
    assert status_for("bob", alice) == 403


def test_a_group_lets_its_members_in_and_nobody_else(alice):
    # bob is of the group stats, and not of geo.
    alice.api("POST", SHARES, json={"group": "geo"}).raise_for_status()
    assert status_for("bob", alice) == 403

    alice.api("POST", SHARES, json={"group": "stats"}).raise_for_status()
    assert status_for("bob", alice) == 200

    alice.api("PATCH", SHARES, json={"group": "stats"}).raise_for_status()
    assert status_for("bob", alice) == 403
    assert shared_with(alice) == [("group", "geo")]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"user": "nobody-here"}, "No such user: nobody-here"),
        ({"group": "no-such-group"}, "No such group: no-such-group"),
    ],
)
def test_sharing_with_nobody_known_is_refused(alice, body, sentence):
    answer = alice.api("POST", SHARES, json=body)

    assert (answer.status_code, answer.json()["message"]) == (400, sentence)
    assert shared_with(alice) == []


def test_sharing_twice_is_sharing_once(alice):
    for _ in range(2):
        alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()

    assert shared_with(alice) == [("user", "bob")]


def test_a_guest_can_not_share_further_stop_or_list_people(alice):
    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    bob = Person(alice.url, "bob")

    assert bob.api("POST", SHARES, json={"group": "stats"}).status_code in (403, 404)
    assert bob.api("DELETE", SHARES).status_code in (403, 404)
    assert bob.api("GET", SHARES).status_code in (403, 404)
    assert bob.api("DELETE", "users/alice/servers/survey").status_code in (403, 404)
    assert bob.api("GET", "users").status_code == 403
    assert bob.api("GET", "groups").status_code == 403
    # Who knows a name learns that it exists; whose groups and services these are stays closed.
    assert set(bob.api("GET", "users/alice").json()) <= {"name", "kind", "admin", "user_info"}
    assert set(bob.api("GET", "groups/geo").json()) == {"name", "kind"}


def test_code_inside_a_shared_service_can_not_share_it_further(alice):
    printed = run_code(
        alice.service,
        alice.token,
        "import os, requests\n"
        f"url = os.environ['JUPYTERHUB_API_URL'] + '/{SHARES}'\n"
        "token = {'Authorization': 'token ' + os.environ['JUPYTERHUB_API_TOKEN']}\n"
        "print(requests.post(url, headers=token, json={'user': 'bob'}).status_code)",
    )

    assert printed.strip() in ("403", "404")
    assert shared_with(alice) == []


def test_what_is_shared_is_told_to_the_guest_and_can_be_left(alice):
    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    bob = Person(alice.url, "bob")

    (share,) = bob.api("GET", "users/bob/shared").json()["items"]
    assert share["server"]["url"] == "/user/alice/survey/"
    assert share["scopes"] == ["access:servers!server=alice/survey"]

    assert bob.api("DELETE", "users/bob/shared/alice/survey").status_code == 204
    assert shared_with(alice) == []


# -- on the pages


def open_dialog(page: Page, demo: RunningDemo) -> None:
    page.goto(f"{demo.url}/hub/home")
    page.get_by_role("button", name="Share… survey").click()
    expect(page.get_by_role("dialog", name="Share “survey”")).to_be_visible()
    expect(page.get_by_text("Whoever you let in acts as you.")).to_be_visible()


def test_a_service_is_shared_and_taken_back_by_keyboard_alone(demo, alice, page):
    log_in(page, demo, "alice")
    page.goto(f"{demo.url}/hub/home")
    page.get_by_role("button", name="Share… survey").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("User name")).to_be_focused()
    expect(page.get_by_text("Nobody but you.")).to_be_visible()

    page.keyboard.type(" Bob")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="“bob” is let in now.")).to_be_visible()
    assert shared_with(alice) == [("user", "bob")]
    picture(page, "sharing-dialog")

    page.get_by_role("button", name="Remove bob").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("“bob” is not let in any longer.")).to_be_visible()
    assert shared_with(alice) == []

    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Share… survey")).to_be_focused()


def test_a_group_is_let_in_from_the_page(demo, alice, page):
    log_in(page, demo, "alice")
    open_dialog(page, demo)

    page.get_by_label("a group").check()
    page.get_by_label("Name of the group").fill("stats")
    page.get_by_role("button", name="Let in").click()

    expect(page.get_by_role("button", name="Remove stats")).to_be_visible()
    assert shared_with(alice) == [("group", "stats")]


@pytest.mark.parametrize(
    ("kind", "name", "sentence"),
    [
        ("a person", "nobody-here", "Nobody called “nobody-here” is known here."),
        ("a group", "no-such-group", "No group called “no-such-group” is known here."),
        ("a person", "alice", "That is you: you are in already."),
        ("a person", "", "Write the user name."),
        ("a person", "bob", "It is already shared with “bob”."),
    ],
)
def test_a_name_that_can_not_be_let_in_is_answered_with_a_sentence(
    *, demo, alice, page, kind, name, sentence
):
    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    log_in(page, demo, "alice")
    open_dialog(page, demo)
    expect(page.get_by_role("button", name="Remove bob")).to_be_visible()

    page.get_by_label(kind).check()
    page.locator("#share-who").fill(name)
    page.get_by_role("button", name="Let in").click()

    expect(page.get_by_role("status").filter(has_text=sentence)).to_be_visible()
    expect(page.locator("#share-who")).to_be_focused()
    expect(page.locator("#share-who")).to_have_attribute("aria-invalid", "true")
    assert shared_with(alice) == [("user", "bob")]


def test_the_commands_that_the_dialog_shows_do_what_its_buttons_do(demo, alice, page):
    log_in(page, demo, "alice")
    open_dialog(page, demo)
    page.get_by_label("User name").fill("bob")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("The same from a terminal").click()
    shown = dialog.locator("[data-onyxia-command-text]").inner_text()
    _, let_in, _, nobody_in = [
        command for command in re.split(r"^# .*$", shown, flags=re.MULTILINE) if command.strip()
    ]

    def run(command: str) -> None:
        environment = {**os.environ, "ONYXIA_HUB_TOKEN": alice.token}
        subprocess.run(["bash", "-c", command], env=environment, check=True, timeout=60)

    run(let_in)
    assert shared_with(alice) == [("user", "bob")]
    run(nobody_in)
    assert shared_with(alice) == []


def test_a_guest_finds_a_shared_service_opens_it_and_is_told_when_it_is_taken_back(
    demo: RunningDemo, alice: Person, browser: Browser, page: Page
) -> None:
    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/home")
    shared = page.get_by_role("region", name="Shared with me")
    expect(shared.get_by_text("Owner: alice")).to_be_visible()
    expect(shared.get_by_text("Jupyter with Python")).to_be_visible()
    picture(page, "sharing-shared-with-me")

    shared.get_by_role("link", name="Open survey of alice").click()
    expect(page.get_by_role("heading", name="Open a service of alice?")).to_be_visible()
    picture(page, "sharing-open")
    page.get_by_role("button", name="Open it").click()
    page.wait_for_url(re.compile("/user/alice/survey/lab"))
    page.wait_for_selector("#jp-main-dock-panel")

    alice.api("DELETE", SHARES).raise_for_status()
    anew = browser.new_context().new_page()
    log_in(anew, demo, "bob")
    anew.goto(f"{demo.url}/user/alice/survey/")
    expect(anew.get_by_role("heading", name="Not shared with you")).to_be_visible()
    anew.goto(f"{demo.url}/hub/home")
    expect(anew.get_by_role("heading", name="My services")).to_be_visible()
    expect(anew.get_by_role("heading", name="Shared with me")).to_have_count(0)
    anew.context.close()


def test_a_guest_leaves_what_was_shared_from_the_page(demo, alice, page):
    alice.api("POST", SHARES, json={"user": "bob"}).raise_for_status()
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/home")
    page.on("dialog", lambda question: question.accept())

    page.get_by_role("button", name="Leave survey of alice").click()

    expect(page.get_by_role("heading", name="Shared with me")).to_have_count(0)
    assert shared_with(alice) == []


def test_the_dialog_fits_a_phone(demo, alice, browser):
    alice.api("POST", SHARES, json={"group": "stats"}).raise_for_status()
    phone = browser.new_context(viewport={"width": 375, "height": 700})
    page = phone.new_page()
    log_in(page, demo, "alice")
    open_dialog(page, demo)
    expect(page.get_by_role("button", name="Remove stats")).to_be_visible()

    widths = page.evaluate(
        "[document.documentElement, document.querySelector('dialog[open]')]"
        ".map(one => one.scrollWidth - one.clientWidth)"
    )
    picture(page, "sharing-dialog-375")
    phone.close()
    assert widths == [0, 0]
