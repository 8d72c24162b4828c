"""Clients in a running pod work for longer than their credentials live, whatever the hub does.

S3 keys and Vault tokens of a minute and a half, access tokens of one: days of an ordinary site in
five minutes.
"""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests.cluster import site
from tests.cluster.client import kubectl
from tests.cluster.neighbours import read_facts
from tests.cluster.neighbours.keycloak_admin import KeycloakAdmin
from tests.cluster.neighbours.platform import SHORT_SESSION
from tests.support import clients_at_work
from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.kernel import run_code

_LIVES = 3.2


@pytest.fixture(scope="module")
def short_lives(cluster: ClusterSite) -> Iterator[None]:
    """A site whose credentials live for 90 seconds, and the login's tokens for 60."""
    facts = read_facts()
    keycloak = KeycloakAdmin(
        address=facts.keycloak, password=facts.secret("keycloak_admin_password_file")
    )
    keycloak.change_realm(facts.realm, accessTokenLifespan=60)
    usual = _change_vault_role(token_period=SHORT_SESSION)
    site.install(s3={"duration": 0})
    cluster.wait_for_hub()
    yield
    site.install()
    _change_vault_role(token_period=usual["token_period"])
    keycloak.change_realm(facts.realm, accessTokenLifespan=300)
    cluster.wait_for_hub()


def _change_vault_role(**changes: object) -> dict[str, object]:
    """Change the role of services, and return what it was."""
    facts = read_facts()
    url = f"{facts.vault_address}/v1/auth/{facts.vault_auth_mount}/role/{facts.vault_role}"
    headers = {"X-Vault-Token": facts.secret("vault_root_token_file")}
    before: dict[str, object] = requests.get(url, headers=headers, timeout=10).json()["data"]
    requests.post(url, headers=headers, json={**before, **changes}, timeout=10).raise_for_status()
    return before


@pytest.fixture(scope="module")
def person(cluster: ClusterSite, short_lives: None) -> Iterator[Person]:
    """Somebody with a service that runs."""
    bob = cluster.person("bob")
    assert bob.launch("fresh", profile="jupyter-python").status_code in {201, 202}
    bob.service = bob.wait_until_ready("fresh")  # type: ignore[attr-defined]  # for the tests
    yield bob
    bob.stop("fresh")


def run(person: Person, code: str) -> str:
    return run_code(person.service, person.token, textwrap.dedent(code)).strip()  # type: ignore[attr-defined]


def servers(person: Person) -> dict[str, Any]:
    answer = person.api("GET", f"onyxia/users/{person.name}/credentials")
    answer.raise_for_status()
    return dict(answer.json()["servers"])


def status(person: Person) -> dict[str, Any]:
    return dict(servers(person)["fresh"]["credentials"])


def problems(person: Person) -> dict[str, str]:
    return {name: each["problem"] for name, each in status(person).items() if each["problem"]}


def test_one_client_of_each_kind_works_past_three_lives(
    cluster: ClusterSite, person: Person
) -> None:
    seconds = _LIVES * SHORT_SESSION
    run(
        person,
        f"""
        import pathlib, subprocess, sys
        pathlib.Path("loop.py").write_text({Path(clients_at_work.__file__).read_text()!r})
        subprocess.Popen([sys.executable, "loop.py", "{seconds}"], start_new_session=True,
                         stdout=open("loop.log", "w"), stderr=subprocess.STDOUT)
        """,
    )
    before = cluster.secret("bob", "fresh")
    # In the first half of a life: a hub takes its time to start.
    time.sleep(1.05 * SHORT_SESSION)
    cluster.kill_hub()
    cluster.wait_for_hub()

    time.sleep((_LIVES - 1.05) * SHORT_SESSION)
    printed = run(
        person,
        """
        import os, time
        end = time.monotonic() + 90
        while not os.path.exists("fresh.json") and time.monotonic() < end:
            time.sleep(1)
        print(open("fresh.json" if os.path.exists("fresh.json") else "loop.log").read())
        """,
    )
    found = json.loads(printed)
    assert found["errors"] == []
    assert min(found["counts"].values()) > seconds / 15
    after = cluster.secret("bob", "fresh")
    assert after["env.VAULT_TOKEN"] == before["env.VAULT_TOKEN"]
    assert after["file.s3-credentials.json"] != before["file.s3-credentials.json"]


def test_the_command_in_the_pod_tells_the_end_and_gives_the_present_values(person: Person) -> None:
    printed = run(
        person,
        """
        import subprocess
        # As a terminal of JupyterLab does: a login shell.
        print(subprocess.check_output(["bash", "-lc", "onyxia credentials"], text=True))
        script = 'eval "$(onyxia credentials --export)"; unset AWS_CONFIG_FILE; '
        script += 'aws s3 ls s3://user-bob/ && echo fine'
        print(subprocess.check_output(script, shell=True, text=True))
        """,
    ).splitlines()
    assert printed[0].startswith("S3 access is good for")
    assert printed[1].startswith("Vault access is good for")
    assert printed[-1] == "fine"


def test_a_frozen_api_server_is_told_and_comes_back(cluster: ClusterSite, person: Person) -> None:
    assert problems(person) == {}
    with cluster.frozen("apiserver"):
        answer = person.api("POST", "onyxia/users/bob/credentials/renew")
        told = answer.json()["servers"]["fresh"]["credentials"]
        assert "Kubernetes" in told["s3"]["problem"]
        # What runs does not notice.
        assert run(person, "import boto3; print(len(boto3.client('s3').list_buckets()))")
    until(lambda: problems(person) == {}, what="all is renewed", seconds=60)


def test_a_user_who_is_disabled_gets_nothing_more_and_a_new_login_repairs_all(
    cluster: ClusterSite, person: Person
) -> None:
    facts = read_facts()
    keycloak = KeycloakAdmin(
        address=facts.keycloak, password=facts.secret("keycloak_admin_password_file")
    )
    keycloak.end_sessions(facts.realm, "bob")
    held = cluster.secret("bob", "fresh")
    # The hub notices with its next refresh, at the latest when the access token has ended.
    until(
        lambda: "Your login has ended" in problems(person).get("s3", ""),
        what="the ended login is told",
        seconds=SHORT_SESSION,
    )
    assert set(problems(person)) == {"s3", "vault"}
    assert run(person, "import hvac; print(hvac.Client().is_authenticated())") == "True"
    assert cluster.secret("bob", "fresh") == held

    cluster.person("bob")
    until(lambda: problems(person) == {}, what="the login repairs the service", seconds=60)
    assert cluster.secret("bob", "fresh") != held


def test_an_administrator_ends_all_access_of_a_user_at_once(
    cluster: ClusterSite, person: Person
) -> None:
    answer = cluster.operator("POST", "onyxia/users/bob/credentials/revoke")
    assert answer.status_code == 200, answer.text
    assert answer.json()["login_ended"] is True
    assert run(person, "import hvac; print(hvac.Client().is_authenticated())") == "False"
    held = cluster.secret("bob", "fresh")
    time.sleep(SHORT_SESSION / 2)
    assert cluster.secret("bob", "fresh") == held

    # A new login gives the service a new token; the environment keeps the old one.
    cluster.person("bob")
    until(lambda: problems(person) == {}, what="the login repairs the service", seconds=60)
    until(
        lambda: (
            run(
                person,
                """
            import subprocess
            script = 'eval "$(onyxia credentials --export)"; echo $VAULT_TOKEN'
            token = subprocess.check_output(script, shell=True, text=True).strip()
            import hvac; print(hvac.Client(token=token).is_authenticated())
            """,
            )
            == "True"
        ),
        what="the command gives a token that works",
        seconds=60,
    )


def test_a_network_that_is_cut_between_hub_and_vault(cluster: ClusterSite, person: Person) -> None:
    port = urlsplit(read_facts().vault_address).port or 80
    others = [{"port": 1, "endPort": port - 1}, {"port": port + 1, "endPort": 65535}]
    cut = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "no-way-to-vault", "namespace": site.NAMESPACE},
        "spec": {
            "podSelector": {"matchLabels": {"app.kubernetes.io/component": "hub"}},
            "policyTypes": ["Egress"],
            "egress": [
                {"ports": [{"protocol": protocol, **range_} for range_ in others]}
                for protocol in ("TCP", "UDP")
            ],
        },
    }
    kubectl("apply", "-f", "-", input=json.dumps(cut))
    try:
        # Connections of before pass.
        cluster.kill_hub()
        cluster.wait_for_hub()
        until(lambda: "fresh" in servers(person), what="the hub knows the service")
        person.api("POST", "onyxia/users/bob/credentials/renew").raise_for_status()
        assert set(problems(person)) == {"vault"}
        assert "does not answer" in problems(person)["vault"]
        assert run(person, "import boto3; print(len(boto3.client('s3').list_buckets()))")
    finally:
        kubectl("-n", site.NAMESPACE, "delete", "networkpolicy", "no-way-to-vault")
    until(lambda: problems(person) == {}, what="the token is renewed", seconds=60)
