"""Take the pictures of the pages in docs/images/ from the embedded default, in Chromium.

``PYTHONPATH=. python docs/screenshots.py [STATE]`` starts the demo with VS Code and ends it again;
STATE is a folder that it may keep its state in, for the next time. Look at each picture before you
keep it.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

import duckdb
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.demo import RunningDemo, free_port
from tests.support.hub import Person

IMAGES = Path(__file__).parent / "images"
SURVEY = (
    "SELECT 1000 + i AS household, ['Bretagne', 'Corse', 'Grand Est', 'Normandie'][1 + i % 4] AS "
    "region, DATE '2026-01-05' + (i % 90)::INT AS interviewed, 1 + i % 5 AS persons, "
    "round(1400 + i * 37 % 2900 + i % 7 * 0.5, 2) AS income FROM range(48000) r(i)"
)
LAUNCHING = "echo Reading the survey\nfor n in 1 2 3 4 5 6; do echo Table $n of 6; done\nsleep 20"


def main() -> None:
    """Start the demo, fill it with what people have, and take the pictures."""
    with tempfile.TemporaryDirectory() as made:
        state = Path(sys.argv[1] if len(sys.argv) > 1 else made).resolve()
        demo = RunningDemo(state, port=free_port(), arguments=("--with-vscode",))
        demo.start(seconds=900)
        try:
            take_all(demo.url, Path(made))
        finally:
            demo.stop()


def take_all(url: str, folder: Path) -> None:
    """Take every picture at a demo that runs.

    Parameters
    ----------
    url
        Address of its hub.
    folder
        For the files that are uploaded.
    """
    alice, bob = Person(url, "alice"), Person(url, "bob")
    keep_files_and_secrets(alice, folder)
    with sync_playwright() as playwright:
        program = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = signed_in(browser, url, "alice")
        page.goto("/hub/spawn")
        take(page, "catalogue")
        try:
            name_and_launch(alice, "survey", "Survey 2026", "jupyter-python")
            name_and_launch(bob, "notebook", "Prices by region", "jupyter-python")
            for person, server in ((alice, "survey"), (bob, "notebook")):
                person.wait_until_ready(server)
            name_and_launch(alice, "report", "Yearly report", "jupyter-python", LAUNCHING)
            page.goto("/hub/spawn-pending/alice/report")
            page.get_by_text("Table 6 of 6").wait_for()
            take(page, "launching")
            page.goto("/hub/home")
            survey = page.locator("[data-server-name=survey]")
            survey.get_by_text("Running", exact=True).wait_for()
            take(page, "my-services")
            take_own_pages(page)
            alice.wait_until_ready("report")
            name_and_launch(bob, "model", "Wage model", "jupyter-python", "exit 3")
            admin = signed_in(browser, url, "admin")
            admin.goto("/hub/onyxia/admin")
            admin.get_by_text("Prices by region").first.wait_for()
            take(admin, "administration")
        finally:
            for person in (alice, bob):
                for server in person.api("GET", f"users/{person.name}").json()["servers"]:
                    if server:
                        path = f"users/{person.name}/servers/{server}"
                        person.api("DELETE", path, json={"remove": True}).raise_for_status()
        browser.close()


def take_own_pages(page: Page) -> None:
    """Take the pictures of what a user has beside services."""
    page.goto("/hub/onyxia/account")
    take(page, "my-account")
    page.goto("/hub/onyxia/files?folder=survey%2F")
    page.locator(".ox-files-open", has_text="households.parquet").click()
    page.get_by_text("Rows: 48,000").wait_for()
    take(page, "my-files")
    page.goto("/hub/onyxia/secrets#survey/database")
    page.locator("#secret-title", has_text="database").wait_for()
    take(page, "my-secrets")


def keep_files_and_secrets(alice: Person, folder: Path) -> None:
    """Give a user a few files and secrets, none of them real."""
    table = folder / "households.parquet"
    duckdb.connect().execute(f"COPY ({SURVEY}) TO '{table}' (FORMAT parquet)")
    files = {
        "households.parquet": table.read_bytes(),
        "regions.csv": b"code;name\n53;Bretagne\n94;Corse\n",
        "README.md": b"# Survey 2026\n",
    }
    for name, content in files.items():
        key = f"onyxia/users/alice/files/object?key=survey/{name}"
        alice.api("PUT", key, data=content).raise_for_status()
    for name in ("database", "geocoder"):
        values = {"user": "survey", "password": "not a real one", "host": "db.example.org"}
        path = f"onyxia/users/alice/secrets/survey/{name}"
        # A second run of the same state finds it there.
        if alice.api("GET", path).status_code == 404:
            alice.api("PUT", path, json={"values": values}).raise_for_status()


def name_and_launch(
    person: Person, server: str, called: str, profile: str, script: str = ""
) -> None:
    """Ask for a service that has a name for people; one that fails is wanted too."""
    options = {"profile": profile, **({"init_script": script} if script else {})}
    body = {"display_name": called, "user_options": options}
    person.api("POST", f"users/{person.name}/servers/{server}", json=body)


def signed_in(browser: Browser, url: str, name: str) -> Page:
    """Return a tab, light and 1440 by 900 pixels, in which somebody has logged in."""
    context = browser.new_context(
        base_url=url,
        viewport={"width": 1440, "height": 900},
        color_scheme="light",
        locale="en-GB",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto("/hub/oauth_login?next=%2Fhub%2Fhome")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(name)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/hub/home$"))
    return page


def take(page: Page, name: str) -> None:
    """Take one picture, of what is seen without scrolling."""
    page.wait_for_timeout(1000)
    page.screenshot(path=IMAGES / f"{name}.jpg", type="jpeg", quality=80)


if __name__ == "__main__":
    main()
