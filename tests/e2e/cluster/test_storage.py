"""Volumes: what outlives a stop, and what a deletion."""

from __future__ import annotations

import pytest

from tests.support.cluster_site import ClusterSite, until
from tests.support.hub import Person
from tests.support.kernel import run_code

FILE = "/home/onyxia/work/kept.txt"


def start(person: Person, service: str, **options: object) -> str:
    answer = person.launch(service, profile="jupyter-python", **options)
    assert answer.status_code in (201, 202), answer.text
    return person.wait_until_ready(service)


@pytest.mark.parametrize("keep", [False, True])
def test_files_outlive_a_stop_and_a_deletion_only_by_choice(
    cluster: ClusterSite, bob: Person, keep: bool
) -> None:
    service = f"keeps-{str(keep).lower()}"
    claim = f"service-bob--{service}"
    run_code(
        start(bob, service, keep_storage=keep),
        bob.token,
        f'with open("{FILE}", "w") as f: f.write("mine")',
    )
    bob.stop(service)
    assert claim in cluster.names("pvc", "user-bob")
    address = start(bob, service, keep_storage=keep)
    assert run_code(address, bob.token, f'print(open("{FILE}").read())').strip() == "mine"
    bob.stop(service)

    assert (
        bob.api("DELETE", f"users/bob/servers/{service}", json={"remove": True}).status_code == 204
    )

    if not keep:
        until(lambda: claim not in cluster.names("pvc", "user-bob"), what="the volume is gone")
        return
    address = start(bob, service, keep_storage=False)
    assert run_code(address, bob.token, f'print(open("{FILE}").read())').strip() == "mine"
    bob.stop(service)
    bob.api("DELETE", f"users/bob/servers/{service}", json={"remove": True})
    until(lambda: claim not in cluster.names("pvc", "user-bob"), what="the volume is gone")
