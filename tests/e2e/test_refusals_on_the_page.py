"""What the pages say when the hub refuses what somebody pressed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.conftest import log_in
from tests.support.demo import RunningDemo
from tests.support.hub import Person


@pytest.fixture
def bob(demo: RunningDemo):
    """Somebody with the services that a test starts, stopped after it."""
    person = Person(demo.url, "bob")
    yield person
    person.stop("refusals")


def fill_in(page: Page, address: str) -> None:
    """Open the form of the service and choose Jupyter with a script that holds the start."""
    page.goto(address)
    page.get_by_role("radio", name="Jupyter with Python").check(force=True)
    panel = page.locator("#options-jupyter-python")
    panel.get_by_text("More options").click()
    panel.get_by_label("Script to run first").fill("sleep 8")


def test_a_launch_after_signing_out_in_another_tab_says_so_and_leads_back(
    demo: RunningDemo, context: BrowserContext
) -> None:
    form, other = context.new_page(), context.new_page()
    log_in(form, demo, "bob")
    address = f"{demo.url}/hub/spawn/bob/refusals"
    fill_in(form, address)

    other.goto(f"{demo.url}/hub/logout")
    form.get_by_role("button", name="Launch Jupyter with Python").click()

    alert = form.locator("#launch-error [role=alert]")
    expect(alert).to_have_text("Not started. You are no longer signed in here. Log in again.")
    # What was typed is still there.
    expect(form.get_by_label("Script to run first").locator("visible=true")).to_have_value(
        "sleep 8"
    )
    link = alert.get_by_role("link", name="Log in again")
    expect(link).to_have_attribute("href", "/hub/login?next=%2Fhub%2Fspawn%2Fbob%2Frefusals")
    link.click()
    form.get_by_role("link", name="Sign in").or_(
        form.get_by_role("button", name="Sign in")
    ).first.click()
    form.get_by_label("User name").fill("bob")
    form.get_by_label("Password").fill("bob")
    form.get_by_role("button", name="Sign in").click()
    form.wait_for_url(address)


def test_pressing_launch_in_two_tabs_leads_to_the_start_that_is_under_way(
    demo: RunningDemo, context: BrowserContext, bob: Person
) -> None:
    first, second = context.new_page(), context.new_page()
    log_in(first, demo, "bob")
    for tab in (first, second):
        fill_in(tab, f"{demo.url}/hub/spawn/bob/refusals")

    first.get_by_role("button", name="Launch Jupyter with Python").click()
    first.wait_for_url(re.compile("/hub/spawn-pending/bob/refusals"))
    second.get_by_role("button", name="Launch Jupyter with Python").click()

    alert = second.locator("#launch-error [role=alert]")
    expect(alert).to_have_text(
        "Not started again. This service is starting already. See how far it is."
    )
    alert.get_by_role("link", name="See how far it is").click()
    second.wait_for_url(re.compile("/hub/spawn-pending/bob/refusals|/user/bob/refusals/"))
    bob.wait_until_ready("refusals")


@pytest.mark.parametrize("action", ["Stop", "Delete"])
def test_my_services_says_that_the_session_is_over(
    demo: RunningDemo, context: BrowserContext, bob: Person, action: str
) -> None:
    assert bob.launch("refusals", profile="jupyter-python").status_code in (201, 202)
    bob.wait_until_ready("refusals")
    if action == "Delete":
        bob.stop("refusals")
    services, other = context.new_page(), context.new_page()
    log_in(services, demo, "bob")
    services.goto(f"{demo.url}/hub/home")
    card = services.locator('[data-server-name="refusals"]')
    services.on("dialog", lambda question: question.accept())

    other.goto(f"{demo.url}/hub/logout")
    card.get_by_role("button", name=re.compile(f"^{action}")).click()

    alert = services.locator("#service-error [role=alert]")
    expect(alert).to_have_text("You are no longer signed in here. Log in again.")
    expect(alert.get_by_role("link")).to_have_attribute("href", "/hub/login?next=%2Fhub%2Fhome")
    expect(services.get_by_text("XSRF")).to_have_count(0)
