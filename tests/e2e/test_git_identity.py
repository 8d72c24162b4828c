"""Git on “My account”: what is typed there is what git has in a service; real parts throughout."""

from __future__ import annotations

import json
import re
import subprocess
from urllib.parse import urlsplit

import psutil
import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import picture, run_as
from tests.support.git_server import git_server
from tests.support.progress import told

TOKEN = "pat-of-alice-0123456789"
NEXT_TOKEN = "pat-of-alice-after-that"
# Commits in a repository of its own, then pushes to the one that was cloned.
WORK = """\
git init --quiet mine && cd mine && echo text > file && git add . && git commit --quiet -m First
cd ../course && git commit --quiet --allow-empty -m Second && git push --quiet origin main
"""


@pytest.fixture(scope="module")
def forge(tmp_path_factory):
    """A private repository: its address, its folder, and the tokens that it takes."""
    folder, tokens = tmp_path_factory.mktemp("forge"), [TOKEN]
    files = {"lesson": "one"}
    with git_server(folder, address="127.0.0.1", files=files, tokens=tokens) as address:
        yield address, folder, tokens


@pytest.fixture
def page(browser, site):
    context = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 1200})
    made = context.new_page()
    made.set_default_timeout(20_000)
    problems = []
    made.on("pageerror", lambda error: problems.append(str(error)))
    made.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    made.goto("/hub/oauth_login?next=%2Fhub%2Fonyxia%2Faccount")
    made.get_by_label("User name").fill("alice")
    made.get_by_label("Password").fill("alice")
    made.get_by_role("button", name="Sign in").click()
    yield made
    context.close()
    assert [each for each in problems if "responded with a status of 4" not in each] == []


def git(folder, *arguments):
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def work_of(site, server):
    return site.hub.folder / "state" / "services" / "alice" / server / "work"


def launch(site, alice, server, forge, **options):
    address, folder, _ = forge
    env = {"GIT_SSL_CAINFO": str(folder / "certificate.pem"), **options.pop("env", {})}
    alice.launch(server, profile="tiny", git_repository=address, env=env, **options)
    return told(alice, server)[-1]


def all_that_is_written(site):
    """What others could come by: logs, command lines, and the hub's database."""
    texts = [site.hub.log, site.hub.stored.decode("latin-1")]
    logs = site.hub.folder / "state" / "logs"
    texts += [file.read_text(errors="replace") for file in logs.rglob("*") if file.is_file()]
    for process in psutil.process_iter(["cmdline"]):
        texts.append(" ".join(process.info["cmdline"] or ()))
    return "\n".join(texts)


def test_what_is_typed_once_is_what_git_has_in_a_service(site, forge, page):
    address, folder, tokens = forge
    server = f"https://{urlsplit(address).netloc}"
    section = page.locator("#git")
    # What the login says is proposed.
    expect(section.get_by_label("Name")).to_have_value("Alice Martin")
    expect(section.get_by_label("Git server")).to_have_value("https://github.com")
    section.get_by_label("Name").fill("Alice <evil>")
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("Not done: the name holds a character")).to_be_visible()

    section.get_by_label("Name").fill("Alice M. Martin")
    section.get_by_label("E-mail").fill("alice@lab.example")
    section.get_by_label("Git server").fill(server)
    section.get_by_label("Personal access token").fill(TOKEN)
    section.scroll_into_view_if_needed()
    picture(page, "git-new")
    command = section.locator("[data-onyxia-command-text]").first.text_content()
    assert '"token": "TOKEN"' in command
    assert TOKEN not in command
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("Saved.")).to_be_visible()
    kept = section.get_by_role("group", name=re.compile("There is a token for"))
    expect(kept).to_contain_text(f"There is a token for {server}, since ")
    assert TOKEN not in page.content()
    assert section.locator("#git-token").input_value() == ""

    page.reload()
    expect(kept).to_be_visible()
    expect(section.get_by_label("E-mail")).to_have_value("alice@lab.example")
    picture(page, "git-kept")

    alice = site.log_in("alice")
    assert launch(site, alice, "lab", forge, init_script=WORK)["ready"], site.hub.log
    work = work_of(site, "lab")
    author = "Alice M. Martin <alice@lab.example>"
    who = "--format=%an <%ae> %cn <%ce>"
    assert git(work / "mine", "log", who) == f"{author} {author}"
    assert (work / "course" / "lesson").read_text() == "one"
    assert (
        git(folder / "served" / "course.git", "log", "-1", "--format=%s %an")
        == "Second Alice M. Martin"
    )
    # The token is in the environment, and in no file of the work folder but the program's own note.
    env = site.hub.environment_of("alice", "lab")
    assert env["GIT_PERSONAL_ACCESS_TOKEN"] == TOKEN
    assert env["GIT_USER_MAIL"] == "alice@lab.example"
    assert TOKEN not in (work / "course" / ".git" / "config").read_text()
    holding = [
        file.name
        for file in work.rglob("*")
        if file.is_file() and TOKEN.encode() in file.read_bytes()
    ]
    assert holding == ["environ.json"]

    # The commands work as they stand.
    section.get_by_text("The same from a terminal").first.click()
    said = run_as(alice, section.locator("[data-onyxia-command-text]").first.text_content())
    assert said.count('"name": "Alice M. Martin"') == 2
    assert TOKEN not in said

    # Replaced by one that the server refuses: the launch says so, without the token.
    kept.get_by_role("button", name="Replace the token").click()
    expect(section.get_by_label("Personal access token")).to_be_focused()
    section.get_by_label("Personal access token").fill(NEXT_TOKEN)
    section.get_by_role("button", name="Save").click()
    expect(section.get_by_text("Saved.")).to_be_visible()
    end = launch(site, alice, "refused", forge)
    assert end["failed"]
    assert "The repository could not be cloned" in end["message"]
    assert "Authentication failed" in end["message"]
    tokens.append(NEXT_TOKEN)
    assert launch(site, alice, "again", forge)["ready"]

    kept.get_by_role("button", name="Remove the token").click()
    dialog = page.get_by_role("dialog")
    removal = dialog.locator("[data-onyxia-command-text]").text_content()
    assert json.loads(removal.split(" -d ")[1].strip("'")) == {"token": None}
    dialog.get_by_role("button", name="Remove", exact=True).click()
    expect(section.get_by_text("The token is removed.")).to_be_visible()
    expect(kept).to_be_hidden()
    assert launch(site, alice, "without", forge)["failed"]

    written = all_that_is_written(site)
    assert "refused" in written
    for secret in (TOKEN, NEXT_TOKEN):
        assert secret not in written
        assert secret not in page.content()
    for name in ("lab", "again"):
        alice.stop(name)


def test_it_is_for_oneself_only_and_the_token_does_not_come_back(site):
    alice, bob = site.log_in("alice"), site.log_in("bob")
    assert alice.api("DELETE", "onyxia/users/alice/git").status_code == 204
    body = {"name": "Alice", "token": TOKEN, "server": "git.example.org"}
    answer = alice.api("PATCH", "onyxia/users/alice/git", json=body)
    assert answer.headers["Cache-Control"] == "no-store"
    found = alice.api("GET", "onyxia/users/alice/git").json()
    assert found == answer.json()
    since = found.pop("token_since")
    assert since.startswith("20")
    assert found == {
        "name": "Alice",
        "email": None,
        "has_token": True,
        "server": "https://git.example.org",
        "proposed": {
            "name": "Alice Martin",
            "email": "alice@example.org",
            "server": "https://github.com",
        },
    }
    for method in ("GET", "PATCH", "DELETE"):
        for somebody in (bob, site.hub):
            refused = somebody.api(method, "onyxia/users/alice/git", json={"name": "Bob"})
            assert refused.status_code in {403, 404}
    for wrong in ([], {"user": "x"}, {"name": 1}):
        assert alice.api("PATCH", "onyxia/users/alice/git", json=wrong).status_code == 400
    assert alice.api("DELETE", "onyxia/users/alice/git").status_code == 204
    assert alice.api("GET", "onyxia/users/alice/git").json()["has_token"] is False


def test_the_section_on_a_narrow_page(site, page):
    page.set_viewport_size({"width": 375, "height": 800})
    section = page.locator("#git")
    expect(section.get_by_role("button", name="Save")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    section.scroll_into_view_if_needed()
    picture(page, "git-narrow")
