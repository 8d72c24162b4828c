"""Credentials of services that run for longer than they live: real servers, lives of 30 s."""

from __future__ import annotations

import subprocess
import sys
import time

import hvac
import pytest

from tests.support.hub_and_neighbours import HubAndNeighbours

LIFE = 30

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
    made = HubAndNeighbours(folder, life=LIFE, access_token_life=20)
    made.hub.profile("tiny", "credentials: {s3: refreshable, vault: on}")
    made.hub.profile("fixed", "credentials: {s3: static, vault: off}")
    with made:
        yield made


@pytest.fixture(scope="module")
def alice(site):
    return site.log_in("alice")


def test_one_client_works_past_three_lives_with_a_hub_that_crashed_in_between(site, alice):
    assert alice.launch("lab", profile="tiny").status_code in {201, 202}
    alice.wait_until_ready("lab")
    env = site.environment(alice, "lab")
    seconds = 3.5 * LIFE
    loop = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", LOOP, str(seconds)],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
    )
    time.sleep(1.2 * LIFE)
    site.restart_hub()
    printed, _ = loop.communicate(timeout=4 * LIFE)
    assert loop.returncode == 0
    rounds, keys = map(int, printed.split())
    assert rounds > seconds / 3
    assert keys >= 3
    # The token of the launch, still.
    client = hvac.Client(url=env["VAULT_ADDR"], token=env["VAULT_TOKEN"])
    assert client.auth.token.lookup_self()["data"]["ttl"] > 0
