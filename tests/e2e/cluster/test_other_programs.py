"""Label Studio, and RStudio's profile with the stand-in for its server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, expect

from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite
from tests.support.hub import Person


@contextmanager
def running(person: Person, name: str, profile: str) -> Iterator[str]:
    answer = person.launch(name, profile=profile)
    assert answer.status_code in (201, 202), answer.text
    try:
        yield person.wait_until_ready(name)
    finally:
        person.stop(name)
        person.api("DELETE", f"users/{person.name}/servers/{name}", json={"remove": True})


def test_label_studio_asks_for_no_second_login(
    cluster: ClusterSite, alice: Person, page: Page
) -> None:
    with running(alice, "labels", "label-studio") as service:
        log_in_at_keycloak(page, cluster.url, "alice")
        page.goto(f"{service}/")
        page.get_by_role("link", name="Create Project").or_(
            page.get_by_role("button", name="Create Project")
        ).first.click()
        page.get_by_label("Project Name").fill("Occupations")
        page.get_by_role("button", name="Save").click()

        expect(page).to_have_url(re.compile(re.escape(service) + "/projects/1"))
        page.wait_for_load_state("networkidle")
        picture(page, "cluster-8-label-studio")


def test_rstudio_gets_its_path_and_lets_its_owner_in(
    cluster: ClusterSite, alice: Person, bob: Person
) -> None:
    """The stand-in answers only to what rserver would: its header, its cookies, its addresses."""
    with running(alice, "rstudio", "rstudio") as service:
        answer = alice.session.get(f"{service}/", timeout=30)

        assert answer.status_code == 200, answer.text
        assert answer.url.startswith(f"{service}/")
        assert bob.session.get(f"{service}/", timeout=30).status_code == 403
