"""Services of one owner that find each other."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from onyxia_hub.discovery import chosen, published_by, token_scopes, variables_for
from onyxia_hub.shared import catalogue_in, default_profiles


@pytest.fixture(scope="module")
def catalogue():
    return catalogue_in(default_profiles())


def spawner(name, profile, *, ready=True, hour=1):
    """Return what the hub shows of a service."""
    return SimpleNamespace(
        name=name,
        user_options={"profile": profile},
        ready=ready,
        orm_spawner=SimpleNamespace(started=datetime(2026, 1, 1, hour, tzinfo=UTC)),
        server=SimpleNamespace(base_url=f"/user/alice/{name}/"),
    )


def test_what_runs_and_publishes_is_found(catalogue):
    services = [
        spawner("tracking", "mlflow"),
        spawner("starts", "mlflow", ready=False),
        spawner("lab", "jupyter-python"),
        spawner("of-yesterday", "a-profile-that-is-gone"),
        SimpleNamespace(user_options=None, ready=True, orm_spawner=SimpleNamespace(started=None)),
    ]

    found = published_by(services, catalogue=catalogue)

    assert [(each.word, each.name, each.display_name) for each in found] == [
        ("mlflow", "tracking", "MLflow")
    ]


def test_the_latest_counts_and_only_what_is_consumed(catalogue):
    services = [spawner("new", "mlflow", hour=9), spawner("old", "mlflow", hour=3)]
    published = published_by(services, catalogue=catalogue)

    assert [each.name for each in chosen(["mlflow", "postgres"], published)] == ["new"]
    assert chosen(["postgres"], published) == []


@pytest.mark.parametrize("hub", ["http://proxy.onyxia:80", "http://proxy.onyxia:80/a/base/path"])
def test_the_variables_lead_through_the_hubs_proxy(catalogue, hub):
    published = published_by([spawner("tracking", "mlflow")], catalogue=catalogue)

    assert variables_for(published, hub=hub, token="a-token") == {
        "MLFLOW_TRACKING_URI": "http://proxy.onyxia:80/user/alice/tracking",
        "MLFLOW_TRACKING_TOKEN": "a-token",
    }


def test_a_token_reaches_what_is_published_and_nothing_else(catalogue):
    services = [spawner("tracking", "mlflow"), spawner("code", "vscode-python")]
    published = published_by(services, catalogue=catalogue)

    assert token_scopes("alice", published) == [
        "users:activity!user",
        "access:servers!server",
        "access:servers!server=alice/tracking",
    ]
