"""From the login page to a notebook that reads and writes, in a real browser."""

from __future__ import annotations

import re
from pathlib import Path

import requests
import yaml
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import log_in, picture
from tests.support.demo import RunningDemo
from tests.support.hub import Person


def test_alice_logs_in_chooses_jupyter_and_runs_the_welcome_notebook(
    demo: RunningDemo, page: Page
) -> None:
    page.goto(f"{demo.url}/hub/login")
    picture(page, "1-login")
    log_in(page, demo, "alice")

    page.goto(f"{demo.url}/hub/spawn")
    expect(page.get_by_role("heading", name="Choose a service")).to_be_visible()
    page.get_by_role("radio", name="Jupyter with Python").check(force=True)
    picture(page, "2-catalogue")
    page.get_by_role("button", name="Launch Jupyter with Python").click()

    page.wait_for_url(re.compile("/hub/spawn-pending/alice|/user/alice/"))
    picture(page, "3-spawning")
    page.wait_for_url(re.compile("/user/alice/lab"))
    page.wait_for_selector("#jp-main-dock-panel")

    page.goto(f"{demo.url}/user/alice/lab/tree/Welcome.ipynb")
    page.wait_for_selector(".jp-Notebook .jp-CodeCell")
    page.get_by_text("Python 3 (ipykernel)").first.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    outputs = page.locator(".jp-OutputArea-output")
    expect(outputs.filter(has_text="open sesame")).to_be_visible(timeout=90_000)
    expect(page.locator('.jp-OutputArea-output[data-mime-type*="stderr"]')).to_have_count(0)
    page.keyboard.press("Control+s")
    page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTo(0, 0)")
    expect(page.get_by_role("heading", name="Welcome").first).to_be_visible()
    expect(page.get_by_text("notified about official Jupyter news")).to_have_count(0)
    picture(page, "4-jupyterlab")

    page.goto(f"{demo.url}/hub/home")
    expect(page.get_by_text("Jupyter with Python").first).to_be_visible()
    picture(page, "5-my-services")


def test_what_cannot_run_here_is_shown_with_the_reason_and_can_not_be_chosen(
    demo: RunningDemo, page: Page
) -> None:
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/spawn")

    expect(page.get_by_text("mlflow is not installed on this machine").first).to_be_visible()
    assert page.locator('input[name="profile"][value="mlflow"]:not([disabled])').count() == 0


def test_logging_out_ends_the_session_at_the_identity_provider_too(
    demo: RunningDemo, page: Page
) -> None:
    log_in(page, demo, "bob")

    page.goto(f"{demo.url}/hub/logout")
    page.goto(f"{demo.url}/hub/oauth_login")

    expect(page.get_by_label("Password")).to_be_visible()


def test_a_link_with_options_opens_the_form_and_starts_nothing(
    demo: RunningDemo, page: Page
) -> None:
    log_in(page, demo, "bob")

    page.goto(f"{demo.url}/hub/spawn/bob/linked?opt-profile=jupyter-python&opt-init_script=id")

    expect(page.get_by_role("button", name=re.compile("^Launch")).first).to_be_visible()
    expect(page.get_by_role("alert").first).to_be_visible()


def test_a_launch_after_signing_out_elsewhere_asks_for_a_new_login(
    demo: RunningDemo, browser: Browser, page: Page
) -> None:
    log_in(page, demo, "bob")
    page.goto(f"{demo.url}/hub/spawn/bob/elsewhere")
    # The same login in a second browser, which knows nothing of this one's cookies.
    other = browser.new_context(storage_state=page.context.storage_state())
    other_page = other.new_page()
    other_page.goto(f"{demo.url}/hub/logout")
    other.close()

    page.get_by_role("button", name="Launch Jupyter with Python").click()

    expect(page.get_by_text("Your login has expired").first).to_be_visible(timeout=30_000)


def test_an_admin_is_told_why_a_service_of_somebody_without_a_login_can_not_start(
    demo: RunningDemo, page: Page
) -> None:
    admin = Person(demo.url, "admin")
    assert admin.api("POST", "users/dora").status_code in (201, 409)
    log_in(page, demo, "admin")

    page.goto(f"{demo.url}/hub/spawn/dora")
    page.get_by_role("button", name="Launch Jupyter with Python").click()

    expect(page.get_by_text("dora has not logged in yet").first).to_be_visible(timeout=30_000)


def test_the_proxys_api_takes_the_hubs_password_and_no_other(demo: RunningDemo) -> None:
    settings = yaml.safe_load((demo.state_dir / "settings.yaml").read_text())["local"]
    password = Path(settings["proxy_password_file"]).read_text().strip()

    status = {
        given: requests.get(
            f"{settings['proxy_api']}/api/overview", auth=("onyxia-hub", given), timeout=10
        ).status_code
        for given in (password, "", password[:-1])
    }

    assert list(status.values()) == [200, 401, 401]
