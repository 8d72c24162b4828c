"""A kubeconfig: where, whose, and only what is needed."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import yaml

from onyxia_hub.snippets.kubernetes import ClusterAccess, cluster_snippets

TOKEN = "t" * 2000


def config_of(authority):
    access = ClusterAccess(
        address="https://api.example.org:6443",
        authority=authority,
        namespace="user-alice",
        account="onyxia-view",
        token=TOKEN,
        expires_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert TOKEN not in repr(access)
    [snippet] = cluster_snippets(access)
    return yaml.safe_load(snippet.text)


def test_it_names_the_namespace_and_holds_the_token():
    config = config_of("PEM")
    [context] = config["contexts"]
    assert context["name"] == config["current-context"]
    assert context["context"]["namespace"] == "user-alice"
    assert config["users"] == [{"name": "onyxia-view", "user": {"token": TOKEN}}]
    cluster = config["clusters"][0]["cluster"]
    assert cluster["server"] == "https://api.example.org:6443"
    assert base64.b64decode(cluster["certificate-authority-data"]) == b"PEM"


def test_an_authority_that_everybody_knows_is_left_out():
    assert "certificate-authority-data" not in config_of("\n")["clusters"][0]["cluster"]
