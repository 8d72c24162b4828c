"""“My account”: who one is, and access for one's own tools; a real hub and its neighbours."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
import requests
from playwright.sync_api import expect

from tests.e2e.conftest import picture, signed_in


@pytest.fixture
def page(browser, site):
    made = signed_in(browser, site.url, "alice", at="/hub/onyxia/account")
    yield made
    made.context.close()


def run(text):
    """Run a snippet as it stands, with nothing of this machine's own access."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", text],
        env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_who_one_is_and_how_one_connects(site, page):
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    expect(page.get_by_text("Alice Martin")).to_be_visible()
    expect(page.get_by_text("geo, stats")).to_be_visible()
    s3 = page.locator("[data-onyxia-snippets=s3]")
    expect(s3).to_be_hidden()

    page.get_by_role("button", name="Make access and show it").click()
    expect(s3).to_contain_text(re.compile(r"Good until \d+:\d+"))
    s3.get_by_label("Tool").select_option("boto3")
    text = s3.locator("[data-onyxia-command-text]").text_content()
    assert run(text).strip() == "[]"
    vault = page.locator("[data-onyxia-snippets=vault]")
    vault.get_by_label("Tool").select_option("hvac")
    assert "example" in run(vault.locator("[data-onyxia-command-text]").text_content())
    picture(page, "account")

    page.set_viewport_size({"width": 375, "height": 800})
    picture(page, "account-narrow")
    # Kept nowhere: neither in the page's address nor after a reload, nor in the hub's log.
    token = re.search(r'token="([^"]+)"', vault.locator("pre").text_content())[1]
    assert token not in site.hub.log
    page.reload()
    expect(s3).to_be_hidden()


def test_access_is_for_oneself_only(site):
    alice, bob = site.log_in("alice"), site.log_in("bob")
    answer = alice.api("POST", "onyxia/users/alice/access")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert [each["slug"] for each in answer.json()["snippets"]["vault"]] == ["vault-cli", "hvac"]
    assert bob.api("POST", "onyxia/users/alice/access").status_code in {403, 404}
    # Not even for administrators.
    assert site.hub.api("POST", "onyxia/users/alice/access").status_code == 403
    nobody = requests.post(f"{site.url}/hub/api/onyxia/users/alice/access", timeout=10)
    assert nobody.status_code == 403
