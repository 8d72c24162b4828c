"""Who may read the hub's metrics, and what else Prometheus' token opens."""

import pytest
import requests

from tests.support.lone_hub import PROMETHEUS, LoneHub


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    made = LoneHub(tmp_path_factory.mktemp("metrics"), culling={"enabled": False})
    made.profile("tiny")
    made.start()
    yield made
    made.stop()


def _metrics(hub, token):
    # As Prometheus sends it.
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    address = f"http://127.0.0.1:{hub.port}/hub/metrics"
    return requests.get(address, headers=headers, timeout=30)


def test_prometheus_reads_the_hubs_metrics_with_its_token(hub):
    answer = _metrics(hub, PROMETHEUS)

    assert answer.status_code == 200
    assert "jupyterhub_running_servers" in answer.text
    assert "onyxia_credentials_minted_total" in answer.text


@pytest.mark.parametrize("token", ["", "somebody-elses"])
def test_nobody_reads_them_without(hub, token):
    assert _metrics(hub, token).status_code == 403


def test_a_users_own_token_does_not_read_them(hub):
    assert _metrics(hub, hub.person("alice")).status_code == 403


def test_prometheus_token_opens_nothing_else(hub):
    assert hub.api("GET", "users", token=PROMETHEUS).status_code == 403
    assert hub.api("POST", "users/mallory", token=PROMETHEUS).status_code == 403
