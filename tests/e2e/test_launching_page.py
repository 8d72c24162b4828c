"""The launching page in a real browser: what the service writes, and every way a start can end."""

from __future__ import annotations

import re

import psutil
import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import picture, signed_in
from tests.support.hub_and_neighbours import HubAndNeighbours

SECRET = "sesame-4711-open"
# One service whose time to answer is over soon.
SHORT = (
    "\nc.Spawner.pre_spawn_hook = lambda s: s.name == 'deaf' and setattr(s, 'start_timeout', 9)\n"
)
LINES = "for n in $(seq 60); do echo line $n; done; sleep 4; echo $MY_PASSWORD the end; sleep 120"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny", "credentials: {s3: off, vault: on}")
    with (made.hub.folder / "jupyterhub_config.py").open("a") as config:
        config.write(SHORT)
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    return site.log_in("alice")


@pytest.fixture
def page(browser, site):
    made = signed_in(browser, site.url, "alice", at="/hub/home")
    expect(made.get_by_role("heading", name="My services").first).to_be_visible()
    yield made
    made.context.close()


def launch(page: Page, alice, name: str, **options) -> None:
    """Launch the tiny profile and open the page of its start."""
    alice.launch(name, profile="tiny", **options)
    page.goto(f"/hub/spawn-pending/alice/{name}")


def is_script_of(name: str, site: HubAndNeighbours, process: psutil.Process) -> bool:
    """Return whether a process runs the init script of alice's service."""
    script = site.hub.folder / "state" / "services" / "alice" / name / "credentials" / "init.sh"
    return (process.info["cmdline"] or [])[-1:] == [str(script)]


def test_what_it_writes_is_followed_until_the_start_is_cancelled(site, page, alice):
    launch(page, alice, "slow", init_script=LINES, env={"MY_PASSWORD": SECRET})
    log = page.get_by_role("log", name="What the service writes")
    expect(log).to_contain_text("line 60")
    at_end = "log => log.scrollTop + log.clientHeight >= log.scrollHeight - 8"
    assert log.evaluate(at_end)
    log.evaluate("log => log.scrollTo(0, 0)")
    expect(log).to_contain_text("… the end")
    assert log.evaluate("log => log.scrollTop") == 0, "who scrolled up stays there"
    assert SECRET not in page.content()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": 1440, "height": 900})
        picture(page, f"launching-{scheme}")
        page.set_viewport_size({"width": 375, "height": 800})
        picture(page, f"launching-narrow-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.get_by_text("The same from a terminal").click()
    command = page.locator("[data-onyxia-command-text]")
    expect(command).to_contain_text("/hub/api/onyxia/users/alice/servers/slow/log")

    page.get_by_role("button", name="Cancel the start").click()
    page.wait_for_url(re.compile("/hub/home"))
    expect(page.locator("[data-server-name=slow]").get_by_text("Stopped")).to_be_visible(
        timeout=20_000
    )


@pytest.mark.parametrize(
    ("name", "options", "cause", "line"),
    [
        ("script", {"init_script": "sleep 2; echo no luck; exit 7"}, "Your init script", "no luck"),
        (
            "clone",
            {"git_repository": "https://127.0.0.1:1/course.git"},
            "The repository could not be cloned",
            "unable to access",
        ),
        (
            "dying",
            {"env": {"TINY_EXIT": "3", "TINY_SAYS": "the end"}},
            "ended with exit code 3",
            "the end",
        ),
        (
            "deaf",
            {"init_script": "echo before", "env": {"TINY_DELAY": "600"}},
            "did not answer",
            "before",
        ),
    ],
)
def test_a_failed_start_says_why_and_keeps_its_last_lines(
    site, page, alice, *, name, options, cause, line
):
    launch(page, alice, name, **options)
    alert = page.locator(".ox-alert:visible")
    log = page.get_by_role("log", name="What the service writes")
    for shown in ("as it fails", "after a reload"):
        expect(alert, shown).to_contain_text(cause, timeout=30_000)
        expect(log, shown).to_contain_text(line)
        expect(page.get_by_role("button", name="Try again with the same options")).to_be_visible()
        page.reload()
    if name == "script":
        picture(page, "launch-failed")
        page.get_by_role("button", name="Try again with the same options").click()
        expect(page.get_by_role("heading", name="Starting Tiny")).to_be_visible()
        expect(alert).to_contain_text(cause, timeout=30_000)
        page.get_by_role("link", name="Change options").click()
        panel = page.locator("#options-tiny")
        expect(panel.get_by_label("Script to run first")).to_have_value(options["init_script"])


def test_a_vault_that_is_away_is_said_and_the_next_try_works(site, page, alice):
    site.vault_door.mode = "cut"
    try:
        launch(page, alice, "vaultless")
        alert = page.locator(".ox-alert:visible")
        expect(alert).to_contain_text("Vault", timeout=30_000)
        expect(page.locator("[data-onyxia-log]")).to_be_hidden()
    finally:
        site.vault_door.mode = "open"
    page.get_by_role("button", name="Try again with the same options").click()
    alice.wait_until_ready("vaultless")
    alice.stop("vaultless")


def test_a_hub_that_restarts_meanwhile_is_no_dead_end(site, page, alice):
    launch(page, alice, "orphan", init_script="echo begun; sleep 300")
    log = page.get_by_role("log", name="What the service writes")
    expect(log).to_contain_text("begun")
    [begun] = [p for p in psutil.process_iter(["cmdline"]) if is_script_of("orphan", site, p)]
    site.restart_hub()
    # What the last hub had begun is not left running.
    begun.wait(30)
    alert = page.locator(".ox-alert:visible")
    expect(alert).to_contain_text("The hub no longer starts it", timeout=60_000)
    expect(log).to_contain_text("begun")
    page.get_by_role("button", name="Try again with the same options").click()
    expect(log).to_contain_text("begun")
    alice.stop("orphan")
