"""One hub with gateways, shared by the tests of a file."""

import pytest

from tests.support.gateway_hub import GatewayHub


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = GatewayHub(tmp_path_factory.mktemp("gateways"))
    made.start()
    try:
        yield made
    finally:
        made.stop()


@pytest.fixture(scope="module")
def alice(hub):
    return hub.person("alice")


@pytest.fixture(scope="module")
def bob(hub):
    return hub.person("bob")


@pytest.fixture(scope="module")
def service(hub, alice):
    return hub.launch("alice", "x")


@pytest.fixture(scope="module")
def on_a_socket(hub, alice, tmp_path_factory):
    path = tmp_path_factory.mktemp("socket") / "program"
    return hub.launch("alice", "socket", program=f"unix:{path}")


@pytest.fixture
def as_alice(alice):
    return {"Authorization": f"token {alice}"}
