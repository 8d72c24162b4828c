"""What docs/security-model.md says of logins, options and administrators, seen at a real hub."""

import pytest

from tests.support.documentation import DOCS
from tests.support.hub_and_neighbours import HubAndNeighbours

TYPED = "typed-into-the-launch-form"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=900, access_token_life=300)
    made.hub.profile("tiny", "credentials: {s3: refreshable, vault: on}")
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    person = site.log_in("alice")
    launched = person.launch("lab", profile="tiny", env={"NOTE": TYPED})
    assert launched.status_code in {201, 202}
    person.wait_until_ready("lab")
    return person


@pytest.fixture(scope="module")
def login(site, alice):
    """Return what an administrator's token reads of somebody's login."""
    return site.hub.api("GET", "users/alice").json()["auth_state"]


def test_administrators_read_everybodys_login_and_nobody_else_does(site, alice, login):
    assert "**read everybody's login over REST**" in (DOCS / "security-model.md").read_text()
    assert login["access_token"]
    assert login["refresh_token"]
    assert alice.api("GET", "users/alice").json().get("auth_state") is None
    # Who may share may ask whether somebody exists.
    of_bob = site.log_in("bob").api("GET", "users/alice").json()
    assert not {"auth_state", "servers", "groups"} & of_bob.keys()


def test_a_stolen_database_has_options_in_clear_and_no_login_token_or_session(site, alice, login):
    stolen = site.hub.stored
    env = site.environment(alice, "lab")

    assert TYPED.encode() in stolen
    for secret in (
        login["access_token"],
        login["refresh_token"],
        alice.token,
        env["VAULT_TOKEN"],
        env["JUPYTERHUB_API_TOKEN"],
    ):
        assert secret.encode() not in stolen


def test_a_services_own_token_reaches_its_owner_and_no_other_service(site, alice):
    token = site.environment(alice, "lab")["JUPYTERHUB_API_TOKEN"]

    assert site.hub.api("GET", "user", token=token).json()["name"] == "alice"
    assert site.hub.api("GET", "users", token=token).status_code == 403
    assert site.hub.api("POST", "users/alice/servers/other", token=token).status_code in {403, 404}
    assert site.hub.api("DELETE", "users/alice/servers/lab", token=token).status_code in {403, 404}
