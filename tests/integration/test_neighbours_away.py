"""What users see while a neighbour of the hub is away, and that all comes back by itself.

A real hub with a real identity provider, OpenBao and SeaweedFS, each behind a door. The table in
docs/how-to/when-a-neighbour-is-away.md has a row for each of these tests.
"""

from __future__ import annotations

import html
import sqlite3
import subprocess
import sys
import time

import hvac
import pytest
import requests

from tests.support.hub_and_neighbours import HubAndNeighbours, credentials, wait

LIFE = 90
# Nothing may ask a neighbour that is away more often than this in one of these tests.
NO_STORM = 12
PUT = "import boto3; boto3.client('s3').put_object(Bucket='user-alice', Key='k', Body=b'x')"
FAULTS = ("cut", "silent", "garbage", "refusing", "overloaded")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=LIFE, access_token_life=8)
    made.hub.profile("tiny")
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    person = site.log_in("alice")
    assert person.launch("lab", profile="tiny").status_code in {201, 202}
    person.wait_until_ready("lab")
    return person


@pytest.fixture(autouse=True)
def all_is_well_before_and_after(site, alice):
    yield
    for door in (site.login_door, site.sts_door, site.vault_door):
        door.mode = "open"
    wait("nothing is the matter any more", lambda: not problems(alice), seconds=90)


def problems(person):
    """Return what is the matter with the credentials of the service, by provider."""
    found = credentials(person, "lab")["credentials"]
    return {name: each["problem"] for name, each in found.items() if each["problem"]}


def ends(person):
    found = credentials(person, "lab")["credentials"]
    return {name: each["expires_at"] for name, each in found.items()}


def renew(person):
    # Ends are told in whole seconds.
    time.sleep(1)
    answer = person.api("POST", f"onyxia/users/{person.name}/credentials/renew", timeout=60)
    assert answer.status_code == 200, answer.text


def works(site, person):
    """Use S3 and Vault with what the service's program has."""
    env = site.environment(person, "lab")
    subprocess.run([sys.executable, "-W", "ignore", "-c", PUT], env=env, check=True, timeout=30)
    # Not by the door: what the service itself reaches is not the hub's trouble.
    vault = hvac.Client(url=site.openbao.address, token=env["VAULT_TOKEN"])
    assert vault.auth.token.lookup_self()["data"]["ttl"] > 0
    return True


def refused_launch(person):
    """Return the sentence of a launch that fails."""
    answer = person.launch("other", profile="tiny")
    assert answer.status_code >= 400, answer.text
    sentence = answer.json()["message"]
    assert sentence.endswith("."), sentence
    assert "Traceback" not in sentence
    return sentence


def launches(person):
    """Launch and stop a service."""
    assert person.launch("other", profile="tiny").status_code in {201, 202}
    person.wait_until_ready("other")
    person.stop("other")
    return True


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(("away", "there"), [("s3", "vault"), ("vault", "s3")])
def test_a_store_that_is_away_leaves_services_at_work_and_is_told(site, alice, away, there, fault):
    door = {"s3": site.sts_door, "vault": site.vault_door}[away]
    before, asked = ends(alice)[there], door.connections
    door.mode = fault

    renew(alice)
    assert set(problems(alice)) == {away}
    assert door.address in problems(alice)[away]
    assert ends(alice)[there] > before
    assert works(site, alice)
    assert door.address in refused_launch(alice)
    time.sleep(3)
    assert door.connections - asked <= NO_STORM

    door.mode = "open"
    wait("access is renewed", lambda: not problems(alice), seconds=90)
    assert launches(alice)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_identity_provider_that_is_away_ends_no_login_and_no_service(site, alice, fault):
    site.login_door.mode = fault
    # The tokens of the login live for eight seconds.
    time.sleep(9)
    before = ends(alice)["vault"]
    asked = site.login_door.connections

    renew(alice)
    assert set(problems(alice)) == {"s3"}
    assert "The identity provider at" in problems(alice)["s3"]
    assert ends(alice)["vault"] > before
    assert works(site, alice)
    assert "The identity provider at" in refused_launch(alice)
    new = requests.get(f"{site.url}/hub/oauth_callback?code=x&state=y", timeout=30)
    assert new.status_code in {400, 403}
    time.sleep(3)
    assert site.login_door.connections - asked <= NO_STORM

    site.login_door.mode = "open"
    wait("the keys are renewed", lambda: not problems(alice), seconds=90)
    assert launches(alice)


def test_a_frozen_vault(site, alice):
    site.freeze("openbao")
    try:
        renew(alice)
        assert "does not answer" in problems(alice)["vault"]
        assert "does not answer" in refused_launch(alice)
    finally:
        site.thaw("openbao")
    wait("the token is renewed", lambda: not problems(alice), seconds=90)
    assert launches(alice)


def test_a_sealed_vault(site, alice):
    site.write_to_vault("sys/seal", {})
    renew(alice)
    assert "is sealed" in problems(alice)["vault"]
    assert "is sealed" in refused_launch(alice)
    # Its key is at hand: it unseals itself when it starts.
    site.kill("openbao")
    wait("the token is renewed", lambda: not problems(alice), seconds=90)
    assert works(site, alice)
    assert launches(alice)


@pytest.mark.parametrize("part", ["openbao", "seaweedfs", "idp"])
def test_a_neighbour_that_crashed_and_was_started_again(site, alice, part):
    site.kill(part)
    time.sleep(1)
    renew(alice)

    def recovered():
        return not problems(alice) and works(site, alice)

    wait("all is renewed", recovered_or_not(recovered), seconds=90)
    assert launches(alice)


def recovered_or_not(look):
    """Return a condition that takes an error for a no: the store itself may be away."""

    def condition():
        try:
            return look()
        except Exception:  # noqa: BLE001  # botocore's and hvac's are many
            return False

    return condition


def database_of(site):
    return sqlite3.connect(site.hub.folder / "jupyterhub.sqlite", isolation_level=None)


def test_a_database_that_is_locked_is_told_and_comes_back(site, alice):
    other = database_of(site)
    other.execute("BEGIN EXCLUSIVE")
    try:
        answer = alice.launch("other", profile="tiny")
        assert answer.status_code == 503
        assert "The hub's database does not answer" in answer.json()["message"]
        assert works(site, alice)
    finally:
        other.execute("ROLLBACK")
        other.close()
    renew(alice)
    assert problems(alice) == {}
    assert launches(alice)


def test_a_database_that_can_not_be_read_is_told_and_ends_no_session(site, alice):
    other = database_of(site)
    # What refers to it stays as it is.
    other.execute("PRAGMA legacy_alter_table = ON")
    other.execute("ALTER TABLE users RENAME TO users_elsewhere")
    try:
        page = alice.session.get(f"{site.url}/hub/home", timeout=60)
        assert page.status_code == 503
        assert "The hub's database does not answer" in html.unescape(page.text)
        assert works(site, alice)
    finally:
        other.execute("ALTER TABLE users_elsewhere RENAME TO users")
        other.close()
    assert alice.session.get(f"{site.url}/hub/home", timeout=60).ok
    renew(alice)
    assert problems(alice) == {}
    assert launches(alice)
