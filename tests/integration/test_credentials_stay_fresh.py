"""Credentials of services that run for longer than they live: real servers, lives of 45 s."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time

import hvac
import pytest
import requests
import yaml

from tests.support.hub_and_neighbours import HubAndNeighbours, credentials, wait

LIFE = 45

# One client, made once, as in a notebook that runs for days.
LOOP = """
import os, sys, time
import boto3, hvac
s3 = boto3.client("s3")
vault = hvac.Client()
bucket = os.environ["AWS_WORKING_DIRECTORY_PATH"].rstrip("/")
end = time.monotonic() + float(sys.argv[1])
keys, rounds = set(), 0
while time.monotonic() < end:
    s3.put_object(Bucket=bucket, Key="beat", Body=b"x")
    assert vault.auth.token.lookup_self()["data"]["ttl"] > 0
    keys.add(boto3.DEFAULT_SESSION.get_credentials().access_key)
    rounds += 1
    time.sleep(1)
print(rounds, len(keys))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    made = HubAndNeighbours(folder, life=LIFE, access_token_life=30)
    made.hub.profile("tiny", "credentials: {s3: refreshable, vault: on}")
    made.hub.profile("fixed", "credentials: {s3: static, vault: off}")
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    person = site.log_in("alice")
    service_of(person, "lab", "tiny")
    return person


def test_one_client_works_past_three_lives_with_a_hub_that_crashed_in_between(site, alice):
    env = site.environment(alice, "lab")
    seconds = 3.5 * LIFE
    loop = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LOOP, str(seconds)],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    # In the first half of a life: a hub takes its time to start.
    time.sleep(1.05 * LIFE)
    site.restart_hub()
    printed, _ = loop.communicate(timeout=4 * LIFE)
    assert loop.returncode == 0
    rounds, keys = map(int, printed.split())
    assert rounds > seconds / 3
    assert keys >= 3
    # The token of the launch, still.
    client = hvac.Client(url=env["VAULT_ADDR"], token=env["VAULT_TOKEN"])
    assert client.auth.token.lookup_self()["data"]["ttl"] > 0


def service_of(person, server, profile):
    assert person.launch(server, profile=profile).status_code in {201, 202}
    person.wait_until_ready(server)


def test_static_keys_stay_in_the_environment_and_are_new_for_who_asks(site):
    bob = site.log_in("bob")
    service_of(bob, "old", "fixed")
    env = site.environment(bob, "old")
    state = credentials(bob, "old")["credentials"]["s3"]
    assert state["static"] is True
    assert "VAULT_TOKEN" not in env

    first = state["expires_at"]
    wait(
        "new keys",
        lambda: credentials(bob, "old")["credentials"]["s3"]["expires_at"] > first,
        seconds=LIFE,
    )
    folder = site.hub.folder / "state" / "services" / "bob" / "old" / "credentials"
    script = f'eval "$({folder}/bin/onyxia credentials --export)"; echo "$AWS_ACCESS_KEY_ID"'
    present = subprocess.check_output(["sh", "-c", script], env=env, text=True).strip()
    assert present != env["AWS_ACCESS_KEY_ID"]
    # As `sts get-caller-identity` would: with the keys of the shell, S3 opens.
    use = "import boto3; boto3.client('s3').list_objects_v2(Bucket='user-bob')"
    script = script.replace("echo", f'{sys.executable} -W ignore -c "{use}" && echo')
    assert subprocess.check_output(["sh", "-c", script], env=env, text=True).strip() == present
    bob.stop("old")


def test_renewing_now_answers_with_the_new_ends_and_tells_no_secret(site, alice):
    before = credentials(alice, "lab")
    time.sleep(1.1)
    answer = alice.api("POST", "onyxia/users/alice/credentials/renew", json={"server": "lab"})
    assert answer.status_code == 200
    found = answer.json()["servers"]["lab"]
    for name, each in found["credentials"].items():
        assert each["expires_at"] > before["credentials"][name]["expires_at"]
        assert each["problem"] is None
    env = site.environment(alice, "lab")
    folder = site.hub.folder / "state" / "services" / "alice" / "lab" / "credentials"
    keys = json.loads((folder / "s3-credentials.json").read_text())
    for secret in (env["VAULT_TOKEN"], keys["SecretAccessKey"], keys["SessionToken"]):
        assert secret not in answer.text
        assert secret not in site.hub.log


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"server": "no-such"}, 404, "no running service “no-such”"),
        ({"server": 3}, 400, "name of the service"),
        (["lab"], 400, "name of the service"),
    ],
)
def test_what_can_not_be_renewed_is_told(alice, body, status, words):
    answer = alice.api("POST", "onyxia/users/alice/credentials/renew", json=body)
    assert answer.status_code == status
    assert words in answer.json()["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/renew"), ("POST", "/revoke")])
def test_others_see_and_change_nothing(site, alice, method, path):
    bob = site.log_in("bob")
    answer = bob.api(method, f"onyxia/users/alice/credentials{path}")
    assert answer.status_code in {403, 404}
    url = f"{site.url}/hub/api/onyxia/users/alice/credentials{path}"
    nobody = requests.request(method, url, timeout=10)
    assert nobody.status_code == 403


def test_an_administrator_sees_everybodys(site, alice):
    answer = site.hub.api("GET", "onyxia/users/alice/credentials")
    assert set(answer.json()["servers"]["lab"]["credentials"]) == {"s3", "vault"}
    assert site.hub.api("GET", "onyxia/users/nobody/credentials").status_code == 404


def test_the_metrics_tell_what_was_renewed(site, alice):
    metrics = site.hub.api("GET", "../metrics").text
    found = dict(
        re.findall(r'^onyxia_credentials_(\w+)\{provider="s3"\} (\S+)$', metrics, re.MULTILINE)
    )
    assert float(found["renewed_total"]) > 0
    assert 0 < float(found["seconds_left"]) <= LIFE
    assert float(found["services"]) >= 1


def test_all_access_of_a_user_ends_at_once_and_comes_back_with_a_login(site, alice):
    env = site.environment(alice, "lab")
    client = hvac.Client(url=env["VAULT_ADDR"], token=env["VAULT_TOKEN"])
    answer = site.hub.api("POST", "onyxia/users/alice/credentials/revoke")
    assert answer.status_code == 200
    assert answer.json()["login_ended"] is True
    assert (
        "Your login has ended" in (answer.json()["servers"]["lab"]["credentials"]["s3"]["problem"])
    )
    assert not client.is_authenticated()

    again = site.log_in("alice")
    wait("all is renewed", lambda: not problems_of(again, "lab"), seconds=60)
    folder = site.hub.folder / "state" / "services" / "alice" / "lab" / "credentials"
    script = f'eval "$({folder}/bin/onyxia credentials --export)"; echo "$VAULT_TOKEN"'
    token = subprocess.check_output(["sh", "-c", script], env=env, text=True).strip()
    assert hvac.Client(url=env["VAULT_ADDR"], token=token).is_authenticated()


def problems_of(person, server):
    found = credentials(person, server)["credentials"]
    return [each["problem"] for each in found.values() if each["problem"]]


def test_a_user_who_is_disabled_keeps_nothing_past_its_end(site):
    bob = site.log_in("bob")
    service_of(bob, "soon", "tiny")
    env = site.environment(bob, "soon")
    client = hvac.Client(url=env["VAULT_ADDR"], token=env["VAULT_TOKEN"])
    set_enabled(site, "bob", enabled=False)
    try:
        wait(
            "the end of the login is told", lambda: len(problems_of(bob, "soon")) == 2, seconds=LIFE
        )
        assert client.is_authenticated()
        ends = credentials(bob, "soon")["credentials"]
        wait("the token ends", lambda: not client.is_authenticated(), seconds=1.5 * LIFE)
        assert credentials(bob, "soon")["credentials"] == ends
    finally:
        set_enabled(site, "bob", enabled=True)
    again = site.log_in("bob")
    wait("all is renewed", lambda: not problems_of(again, "soon"), seconds=60)
    again.stop("soon")


def set_enabled(site, name, *, enabled):
    file = site.identity.folder / "users.yaml"
    content = yaml.safe_load(file.read_text())
    content["users"][name]["enabled"] = enabled
    file.write_text(yaml.safe_dump(content))
