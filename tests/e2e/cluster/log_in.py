"""A login through the pages of hub and Keycloak."""

from __future__ import annotations

import re

from playwright.sync_api import Page

__all__ = ["log_in_at_keycloak"]


def log_in_at_keycloak(page: Page, url: str, name: str) -> None:
    """Log in as a person does; the password is the user's name."""
    page.goto(f"{url}/hub/login")
    page.get_by_role("link", name="Sign in").or_(
        page.get_by_role("button", name="Sign in")
    ).first.click()
    page.locator("#username").fill(name)
    page.locator("#password").fill(name)
    page.locator("#kc-login").click()
    # To the start page, or to the service that runs.
    page.wait_for_url(re.compile(f"^{re.escape(url)}/(hub|user)/"))
