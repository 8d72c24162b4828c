"""A program that ends while somebody looks: its last words, and the way back."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person

SERVICE = "mortal"
COMMAND = (
    "python3 -m http.server $PORT --bind 127.0.0.1 & "
    'sleep 12; echo "the end is near, says $VAULT_TOKEN"; kill $!; exit 3'
)


def test_the_page_tells_what_it_said_last_and_opens_it_again(
    cluster: ClusterSite, alice: Person, page: Page
) -> None:
    answer = alice.launch(SERVICE, profile="own-app", command=COMMAND)
    assert answer.status_code in (201, 202), answer.text
    try:
        service = alice.wait_until_ready(SERVICE)
        log_in_at_keycloak(page, cluster.url, "alice")
        page.goto(f"{service}/")
        expect(page.get_by_text("Directory listing")).to_be_visible()

        # The first time Kubernetes starts it again at once, then after ten seconds.
        def tells_its_last_words() -> bool:
            page.goto(f"{service}/")
            text = page.content()
            return "Your own app does not answer" in text and "the end is near, says …" in text

        until(tells_its_last_words, what="the page tells what it said last")
        picture(page, "cluster-10-ended")

        output = alice.api("GET", f"onyxia/users/alice/servers/{SERVICE}/output").json()
        assert output["exit_code"] == 3
        assert "the end is near, says …" in output["lines"]
        # Kubernetes starts it again, and the page notices by itself.
        expect(page.get_by_text("Directory listing")).to_be_visible(timeout=60_000)
    finally:
        alice.stop(SERVICE)
        alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


def test_only_who_may_use_it_reads_its_output(alice: Person, bob: Person) -> None:
    answer = bob.api("GET", "onyxia/users/alice/servers/nothing/output")
    assert answer.status_code in (403, 404)
    missing = alice.api("GET", "onyxia/users/alice/servers/nothing/output")
    assert missing.status_code == 404
    assert missing.json()["message"] == "alice has no service “nothing”."
