"""The commands for Keycloak in docs/how-to, run as they stand there."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from onyxia_hub.oidc import claims_of
from tests.cluster.neighbours.browser import KeycloakBrowser
from tests.cluster.neighbours.distribution import keycloak_home
from tests.support.documentation import HOW_TO, script
from tests.support.neighbours import KEYCLOAK_CACHE

PAGE = HOW_TO / "connect-an-identity-provider.md"
MINIO = "connect-object-storage.md"
REALM = "as-documented"


@pytest.fixture(scope="module")
def run(facts, tmp_path_factory):
    """Run shell commands as an operator of Keycloak does."""
    folder = tmp_path_factory.mktemp("operator")
    program = keycloak_home(KEYCLOAK_CACHE, say=print) / "bin" / "kcadm.sh"
    # Unpacked without its right to be executed.
    command = folder / "bin" / "kcadm.sh"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec sh {program} "$@"\n')
    command.chmod(0o755)
    env = {
        "PATH": f"{command.parent}:{os.environ['PATH']}",
        # Where kcadm.sh keeps its login, and how its Java is quick.
        "KC_OPTS": f"-Duser.home={folder} -XX:TieredStopAtLevel=1",
        "KC_CLI_PASSWORD": facts.secret("keycloak_admin_password_file"),
    }

    def run(commands):
        done = subprocess.run(
            ["sh", "-euc", commands],
            stdin=subprocess.DEVNULL,
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return folder

    return run


@pytest.fixture(scope="module")
def documented(facts, run):
    """Return a Keycloak's realm that was made by the page's commands."""
    hub = facts.redirect_uri.removesuffix("/hub/oauth_callback")
    commands = script(PAGE, below="Keycloak")
    for written, real in {
        "https://login.example.org": facts.keycloak,
        "https://hub.example.org": hub,
        "realm=onyxia": f"realm={REALM}",
    }.items():
        assert written in commands
        commands = commands.replace(written, real)
    folder = run(commands + script(HOW_TO / MINIO, below="The claim in Keycloak"))
    yield replace(
        facts,
        realm=REALM,
        issuer=f"{facts.keycloak}/realms/{REALM}",
        client_secret_file=str(folder / "client-secret"),
    )
    run(f"kcadm.sh delete realms/{REALM}")


@pytest.fixture(scope="module")
def tokens(documented, run):
    """Return what the hub gets when the documented person logs in, with a password of theirs."""
    run(f"kcadm.sh set-password --target-realm {REALM} --username alice --new-password alice")
    return KeycloakBrowser(documented).tokens("alice")


def test_the_secret_is_for_nobody_elses_eyes(documented):
    file = Path(documented.client_secret_file)

    assert len(file.read_text().strip()) >= 32
    assert file.stat().st_mode & 0o077 == 0


def test_the_access_token_is_for_the_two_servers_that_exchange_it(tokens):
    claims = claims_of(tokens["access_token"])

    assert {"s3", "vault"} <= set(claims["aud"])
    assert claims["azp"] == "onyxia-hub"
    assert claims["preferred_username"] == "alice"


def test_minio_finds_its_policy_in_the_access_token(tokens):
    assert claims_of(tokens["access_token"])["policy"] == "onyxia-user"


def test_userinfo_has_the_name_and_the_groups(documented, tokens):
    answer = requests.get(
        f"{documented.issuer}/protocol/openid-connect/userinfo",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        timeout=30,
    ).json()

    assert (answer["preferred_username"], answer["groups"]) == ("alice", ["platform"])


def test_a_refresh_token_is_good_once(documented, tokens):
    def refresh():
        return requests.post(
            f"{documented.issuer}/protocol/openid-connect/token",
            data={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]},
            auth=(documented.client_id, documented.secret("client_secret_file")),
            timeout=30,
        ).status_code

    assert (refresh(), refresh()) == (200, 400)


def test_a_login_without_pkce_gets_no_code(documented):
    browser = KeycloakBrowser(documented)
    answer = browser.authorize(code_challenge="", code_challenge_method="")

    assert browser.returned(answer)["error"] == "invalid_request"
