"""Real servers for integration tests: the embedded default's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cluster.neighbours.facts import Facts
from tests.support.identity_client import RunningProvider
from tests.support.neighbours import running_neighbours
from tests.support.platform import OwnVault, RunningPlatform


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlatform]:
    """The identity provider, OpenBao and SeaweedFS, shared by all tests."""
    running = RunningPlatform(tmp_path_factory.mktemp("platform"))
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="session")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Facts]:
    """Keycloak, OpenBao and SeaweedFS, shared by all tests."""
    with running_neighbours(tmp_path_factory.mktemp("neighbours")) as running:
        yield running


@pytest.fixture
def own_vault(platform: RunningPlatform, tmp_path: Path) -> Iterator[OwnVault]:
    """A fresh OpenBao that trusts the platform's identity provider, for one test to break."""
    vault = OwnVault(tmp_path / "own-vault", identity=platform.identity)
    try:
        vault.start()
        yield vault
    finally:
        vault.stop()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningProvider]:
    """An identity provider for tests that change nothing but their own sessions."""
    with RunningProvider(tmp_path_factory.mktemp("shared") / "idp") as running:
        yield running


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RunningProvider]:
    """An identity provider of the test's own."""
    with RunningProvider(tmp_path / "idp") as running:
        yield running
