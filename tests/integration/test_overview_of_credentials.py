"""What the overview tells of services whose access can't be renewed: a real Vault that hangs."""

from __future__ import annotations

import pytest

from tests.support.hub_and_neighbours import HubAndNeighbours


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=600, access_token_life=300)
    made.hub.profile("tiny", "credentials: {s3: refreshable, vault: on}")
    with made:
        yield made


def problems(site):
    answer = site.hub.api("GET", "onyxia/admin/services?user=alice&state=running")
    assert answer.status_code == 200, answer.text
    return {service["name"]: service["problems"] for service in answer.json()["services"]}


def renew(person):
    answer = person.api("POST", f"onyxia/users/{person.name}/credentials/renew")
    assert answer.status_code == 200, answer.text
    return answer.json()["servers"]["lab"]["credentials"]


def test_an_administrator_sees_what_is_wrong_and_that_it_is_over(site):
    alice = site.log_in("alice")
    alice.launch("lab", profile="tiny").raise_for_status()
    alice.wait_until_ready("lab")
    assert problems(site) == {"lab": []}

    site.freeze("openbao")
    try:
        told = renew(alice)["vault"]["problem"]
    finally:
        site.thaw("openbao")
    assert "does not answer" in told
    assert problems(site) == {"lab": [told]}

    assert renew(alice)["vault"]["problem"] is None
    assert problems(site) == {"lab": []}
