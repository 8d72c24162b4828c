"""“My secrets”: folders, keys and values, versions; a real hub, a real OpenBao, a real browser."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.conftest import picture, signed_in

XSS = '<img src=x onerror="window.hacked=1">\'&{{7*7}}'
HERE = "/hub/onyxia/secrets"


@pytest.fixture
def alice(site):
    return site.log_in("alice")


@pytest.fixture
def page(browser, site, alice):
    empty(alice)
    rights = ["clipboard-read", "clipboard-write"]
    made = signed_in(browser, site.url, "alice", at=HERE, permissions=rights)
    made.set_default_timeout(15_000)
    problems = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    made.goto(HERE)
    yield made
    # Chromium logs each answer of 4xx; all else would be a fault of the page.
    assert [
        each for each in problems if "the server responded with a status of 4" not in each
    ] == []
    made.context.close()


def api(person, method, path, **kwargs):
    return person.api(method, f"onyxia/users/{person.name}/secrets/{quote(path)}", **kwargs)


def put(person, path, values, expected=None):
    answer = api(person, "PUT", path, json={"values": values, "expected_version": expected})
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]


def values_of(person, path):
    return api(person, "GET", path).json()["values"]


def empty(person, folder=""):
    for name in api(person, "GET", folder).json()["names"]:
        if name.endswith("/"):
            empty(person, folder + name)
        else:
            gone = api(person, "DELETE", folder + name, params={"all_versions": "true"})
            assert gone.status_code == 204


def row(page, key):
    rows = page.locator(".ox-secret-row")
    keys = [
        rows.nth(at).get_by_label("Key", exact=True).input_value() for at in range(rows.count())
    ]
    return rows.nth(keys.index(key))


def open_secret(page, path):
    page.goto(f"{HERE}#{quote(path)}")
    page.reload()
    expect(page.locator("#secret-title")).to_have_text(path.rpartition("/")[2])


def test_a_secret_is_made_changed_and_used(site, page, alice):
    expect(page.get_by_role("heading", name="My secrets")).to_be_visible()
    expect(page.get_by_text("You have no secrets yet")).to_be_visible()
    picture(page, "secrets-empty")

    page.get_by_role("button", name="New folder").click()
    page.get_by_label("Name", exact=True).fill("survey")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nothing is in this folder yet")).to_be_visible()
    page.get_by_role("button", name="New secret").click()
    page.get_by_label("Name", exact=True).fill("..")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("alert").filter(has_text="A part of the name is empty")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("database")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_label("Key", exact=True)).to_be_focused()
    page.keyboard.type("DB_USER")
    page.get_by_label("Value of DB_USER", exact=True).fill("survey")
    page.get_by_role("button", name="Add a key").click()
    page.keyboard.type("DB_PASSWORD")
    page.get_by_label("Value of DB_PASSWORD", exact=True).fill("line one\nline two")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 1.")).to_be_visible()
    assert values_of(alice, "survey/database") == {
        "DB_USER": "survey",
        "DB_PASSWORD": "line one\nline two",
    }
    # Hidden ones do not stand in the page at all.
    assert "line one" not in page.content()
    assert page.locator("textarea").first.input_value() == ""
    picture(page, "secret")

    row(page, "DB_PASSWORD").get_by_role("button", name="Copy").click()
    expect(row(page, "DB_PASSWORD").get_by_text("Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == "line one\nline two"
    row(page, "DB_USER").get_by_role("button", name="Remove").click()
    row(page, "DB_PASSWORD").get_by_role("button", name="Show").click()
    page.get_by_label("Value of DB_PASSWORD", exact=True).fill("changed")
    expect(page.get_by_text("not saved", exact=True)).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert values_of(alice, "survey/database") == {"DB_PASSWORD": "changed"}

    # What is shown to use it works as it stands.
    expect(page.get_by_label("Read it in a service")).to_have_value("vault-cli")
    shown = page.locator("[data-onyxia-by-hand] pre")
    expect(shown).to_have_text("vault kv get -mount=secret alice/survey/database\n")
    page.get_by_role("button", name="Open the launch form").click()
    page.wait_for_url(re.compile(r"/hub/spawn/alice\?"))
    assert page.locator("[name$=--vault_secret]").input_value() == "survey/database"
    assert site.hub.log.count("line one") == site.hub.log.count("changed") == 0


def test_versions_are_seen_restored_deleted_and_destroyed(page, alice):
    for number in ("1", "2", "3"):
        put(alice, "db", {"NUMBER": number})
    open_secret(page, "db")
    page.get_by_role("button", name="See version 1").click()
    expect(page.get_by_text("This is version 1, of")).to_be_visible()
    row(page, "NUMBER").get_by_role("button", name="Show").click()
    expect(page.get_by_label("Value of NUMBER", exact=True)).to_have_value("1")
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    picture(page, "secret-old-version")
    page.get_by_role("button", name="Restore version 1").click()
    expect(page.get_by_text("the newest is version 4 now")).to_be_visible()
    assert values_of(alice, "db") == {"NUMBER": "1"}

    page.get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    picture(page, "secret-delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("The newest version is deleted.")).to_be_visible()
    assert values_of(alice, "db") is None
    picture(page, "secret-deleted")
    page.get_by_role("button", name="Restore version 4").click()
    expect(page.get_by_text("Version 4 is restored")).to_be_visible()
    assert values_of(alice, "db") == {"NUMBER": "1"}

    page.get_by_role("button", name="Delete").click()
    dialog.get_by_label("Delete all versions for good").check()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("deleted for good, with all its versions")).to_be_visible()
    assert api(alice, "GET", "db").status_code == 404
    expect(page.get_by_text("You have no secrets yet")).to_be_visible()


def test_a_secret_and_its_folder_are_moved_and_the_folder_deleted(page, alice):
    for number in ("1", "2"):
        put(alice, "f/db", {"NUMBER": number})
    put(alice, "f/inner/other", {"A": "1"})
    open_secret(page, "f/db")
    page.get_by_role("button", name="Move or rename").click()
    dialog = page.get_by_role("dialog", name="Move or rename")
    expect(dialog.get_by_label("New path")).to_be_focused()
    page.keyboard.type(XSS)
    dialog.get_by_label("Keep the older versions").check()
    dialog.get_by_text("The same from a terminal").click()
    expect(dialog.locator("pre")).to_contain_text('"old_versions": "keep"')
    picture(page, "secret-move")
    dialog.get_by_role("button", name="Move").click()
    expect(page.locator("#secret-title")).to_have_text(XSS)
    assert values_of(alice, f"f/{XSS}") == {"NUMBER": "2"}
    assert api(alice, "GET", "f/db", params={"version": 1}).json()["values"] == {"NUMBER": "1"}

    page.get_by_role("navigation", name="Folder").get_by_role("link", name="f").click()
    page.get_by_role("button", name="Move or rename the folder").click()
    dialog.get_by_label("New path").fill("g/f")
    dialog.get_by_role("button", name="Move").click()
    said = page.get_by_text("Moved to “g/f/”: 2. These stay in the old place")
    expect(said).to_contain_text("f/db")
    page.get_by_role("button", name="Delete the folder").click()
    dialog = page.get_by_role("dialog", name="Delete the folder “f”")
    expect(dialog).to_contain_text("Secrets in it: 2.")
    expect(dialog.locator("li")).to_have_text([XSS, "inner/other"])
    page.set_viewport_size({"width": 375, "height": 800})
    page.emulate_media(color_scheme="dark")
    picture(page, "secret-delete-folder")
    dialog.get_by_label("Delete all versions for good").check()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Secrets deleted for good: 2.")).to_be_visible()
    assert page.evaluate("window.hacked") is None
    assert api(alice, "GET", "g/", params={"all": "true"}).json()["names"] == []


def test_a_change_of_somebody_else_is_not_written_over(page, alice):
    put(alice, "db", {"A": "1"})
    open_secret(page, "db")
    row(page, "A").get_by_role("button", name="Show").click()
    page.get_by_label("Value of A", exact=True).fill("mine")
    put(alice, "db", {"A": "theirs"})
    page.get_by_role("button", name="Save").click()
    alert = page.get_by_role("alert").filter(has_text="has been changed since you read it")
    expect(alert).to_be_visible()
    assert values_of(alice, "db") == {"A": "theirs"}
    expect(page.get_by_label("Value of A", exact=True)).to_have_value("mine")
    picture(page, "secret-conflict")
    alert.get_by_role("button", name="Read it again").click()
    row(page, "A").get_by_role("button", name="Show").click()
    expect(page.get_by_label("Value of A", exact=True)).to_have_value("theirs")


def test_what_is_no_text_survives_an_edit_of_another_key(page, alice):
    kept = {"n": 5432, "deep": {"list": [1, None, "x"]}, "no": False, "crlf": "a\r\nb", "": "e"}
    put(alice, "typed", {**kept, "EDIT": "old"})
    open_secret(page, "typed")
    page.get_by_role("button", name="Show all values").click()
    expect(page.get_by_label("Value of n", exact=True)).to_have_value("5432")
    page.get_by_label("Value of EDIT", exact=True).fill("new")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert values_of(alice, "typed") == {**kept, "EDIT": "new"}
    # An edit of JSON stays JSON, or is refused.
    row(page, "deep").get_by_role("button", name="Show").click()
    page.get_by_label("Value of deep", exact=True).fill("[1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="is not valid JSON")).to_be_visible()
    picture(page, "secret-json")
    page.get_by_label("Value of deep", exact=True).fill("[1]")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 3.")).to_be_visible()
    assert values_of(alice, "typed") == {**kept, "EDIT": "new", "deep": [1]}


def test_nasty_names_and_values_stay_text(page, alice):
    put(alice, f"{XSS}/{XSS}", {XSS: XSS, "__proto__": "p", "constructor": "c"})
    put(alice, ".onyxia/git", {"name": XSS})
    page.reload()
    expect(page.get_by_text("kept by the hub")).to_be_visible()
    picture(page, "secrets")
    page.get_by_role("link", name=XSS).click()
    page.get_by_role("list", name=XSS).get_by_role("link", name=XSS).click()
    page.get_by_role("button", name="Show all values").click()
    expect(row(page, XSS).locator("textarea")).to_have_value(XSS)
    row(page, "__proto__").locator("textarea").fill("q")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert values_of(alice, f"{XSS}/{XSS}") == {XSS: XSS, "__proto__": "q", "constructor": "c"}
    expect(page.get_by_text("is not the path of a secret")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.get_by_role("dialog")).to_contain_text(XSS)
    page.keyboard.press("Escape")
    assert page.evaluate("window.hacked") is None
    page.goto(f"{HERE}#.onyxia/")
    expect(page.get_by_text("The hub keeps your Git identity")).to_be_visible()


def test_two_keys_of_one_name_and_leaving_without_saving_are_told(page, alice):
    put(alice, "db", {"A": "1", "B": "2"})
    open_secret(page, "db")
    row(page, "B").get_by_label("Key", exact=True).fill("A")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert").filter(has_text="There are two keys “A”")).to_be_visible()
    page.get_by_role("navigation", name="Folder").get_by_role("link", name="My secrets").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Leave without saving?")
    dialog.get_by_role("button", name="Stay here").click()
    page.locator(".ox-secret-row").nth(1).get_by_label("Key", exact=True).fill("C")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved as version 2.")).to_be_visible()
    assert values_of(alice, "db") == {"A": "1", "C": "2"}


def test_it_fits_a_phone_in_the_dark_and_speaks_french(page, site, alice):
    put(alice, "projet/base", {"MOT_DE_PASSE": "x", "port": 5432})
    page.set_viewport_size({"width": 375, "height": 1500})
    page.context.add_cookies([{"name": "onyxia-language", "value": "fr", "url": site.url}])
    page.emulate_media(color_scheme="dark")
    page.goto(f"{HERE}#projet/base")
    page.reload()
    expect(page.get_by_role("heading", name="Mes secrets")).to_be_visible()
    expect(page.get_by_role("button", name="Enregistrer")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    width = page.evaluate("document.documentElement.scrollWidth")
    picture(page, "secret-narrow")
    assert width <= 375


def test_beside_a_service_that_runs_a_new_one_is_named(page, alice):
    put(alice, "db", {"A": "1"})
    alice.launch(profile="tiny")
    alice.wait_until_ready()
    try:
        open_secret(page, "db")
        page.get_by_role("button", name="Open the launch form").click()
        expect(page.get_by_text("Write a name with at least one letter")).to_be_visible()
        page.get_by_label("Name of the new service").fill("Survey 2026")
        page.get_by_role("button", name="Open the launch form").click()
        page.wait_for_url(re.compile(r"/hub/spawn/alice/survey-2026"))
        assert page.locator("[name$=--vault_secret]").input_value() == "db"
    finally:
        alice.stop()


def test_rest_is_for_oneself_and_says_what_is_wrong(site, alice):
    bob = site.log_in("bob")
    put(alice, "own", {"a": "b"})
    mine = f"{site.url}/hub/api/onyxia/users/alice/secrets/own"
    assert bob.api("GET", "onyxia/users/alice/secrets/own").status_code in {403, 404}
    # Not even for administrators.
    assert site.hub.api("GET", "onyxia/users/alice/secrets/own").status_code == 403
    assert requests.get(mine, timeout=10).status_code == 403
    answer = api(alice, "GET", "own")
    assert answer.headers["Cache-Control"] == "no-store"
    assert (answer.json()["version"], answer.json()["launch_problem"]) == (1, None)
    # A page of somebody else can't write in a visitor's name.
    forged = alice.session.put(mine, json={"values": {}}, timeout=10)
    assert forged.status_code == 403
    assert values_of(alice, "own") == {"a": "b"}
    token = {"X-XSRFToken": alice.session.cookies.get("_xsrf", path="/hub/")}
    own_page = alice.session.put(mine, json={"values": {"a": "b"}}, headers=token, timeout=10)
    assert own_page.status_code == 200

    def refused(status, method, path, **kwargs):
        answer = api(alice, method, path, **kwargs)
        assert answer.status_code == status, answer.text
        return answer.json()["message"]

    changed = {"values": {}, "expected_version": 7}
    assert "has been changed since" in refused(409, "PUT", "own", json=changed)
    assert "does not exist" in refused(404, "GET", "none")
    assert "Version 9 of secret/alice/own" in refused(404, "GET", "own", params={"version": 9})
    assert "empty, “.” or “..”" in refused(400, "GET", "a//b")
    big = {"values": {"a": "x" * 2_000_000}}
    assert "larger than Vault takes" in refused(413, "PUT", "big", json=big)
    for method, body in [
        ("PUT", {"values": [1]}),
        ("PUT", {"value": {}}),
        ("PUT", [1]),
        ("PUT", {"values": {}, "expected_version": True}),
        ("PATCH", {"remove": "a"}),
        ("PATCH", {"set": 1}),
        ("POST", {"restore": 0}),
        ("POST", {}),
    ]:
        assert refused(400, method, "own", json=body).startswith("Not done: ")
    assert "neither true nor false" in refused(400, "DELETE", "own", params={"all_versions": "1"})
    assert "no number of a version" in refused(400, "GET", "own", params={"version": "x"})
    assert values_of(alice, "own") == {"a": "b"}


def test_without_the_right_to_see_versions_secrets_are_read_and_written(site, page, alice):
    put(alice, "db", {"A": "1"})
    name = "sys/policies/acl/onyxia-user"
    before = site.servers.run(site.openbao.api().read(name))["policy"]
    rules = json.loads(before)
    [known] = [
        rule for rule in rules["path"] if rule.startswith("secret/metadata/{{") and "*" in rule
    ]
    rules["path"][known]["capabilities"].remove("read")
    site.write_to_vault(name, {"policy": json.dumps(rules)})
    try:
        open_secret(page, "db")
        expect(page.get_by_text("Your login may not see the versions")).to_be_visible()
        row(page, "A").get_by_role("button", name="Show").click()
        page.get_by_label("Value of A", exact=True).fill("2")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved as version 2.")).to_be_visible()
        assert values_of(alice, "db") == {"A": "2"}
        older = api(alice, "GET", "db", params={"version": 1}).json()
        assert (older["values"], older["current"], older["versions"]) == ({"A": "1"}, None, None)
        refused = api(alice, "POST", "db", json={"restore": 1})
        assert refused.status_code == 403
        assert "may not read the versions of secret/alice/db" in refused.json()["message"]
    finally:
        site.write_to_vault(name, {"policy": before})


def test_revoking_all_access_ends_the_page_s_too(site, alice):
    put(alice, "own", {"a": "b"})
    done = alice.api("POST", "onyxia/users/alice/credentials/revoke")
    assert done.status_code == 200
    refused = api(alice, "GET", "own")
    assert (refused.status_code, "has not logged in" in refused.text) == (409, True)


def test_a_vault_that_does_not_answer_is_told(site):
    alice = site.log_in("alice")
    api(alice, "GET", "")
    site.freeze("openbao")
    try:
        answer = api(alice, "GET", "")
    finally:
        site.thaw("openbao")
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["message"]
