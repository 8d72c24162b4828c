"""A run logged from a notebook to one's own MLflow, with nothing typed."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.cluster.client import kubectl
from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite
from tests.support.hub import Person
from tests.support.kernel import run_code

TRACKING, NOTEBOOK = "tracking", "training"

LOG_A_RUN = textwrap.dedent(
    """
    import mlflow, pathlib
    pathlib.Path("/tmp/model.txt").write_text("a model")
    mlflow.set_experiment("income")
    with mlflow.start_run(run_name="first") as run:
        mlflow.log_param("depth", 3)
        mlflow.log_metric("accuracy", 0.93)
        mlflow.log_artifact("/tmp/model.txt")
    print(run.info.experiment_id, run.info.run_id)
    """
)


@pytest.fixture(scope="module")
def tracking(alice: Person) -> Iterator[str]:
    """Alice's MLflow."""
    assert alice.launch(TRACKING, profile="mlflow").status_code in (201, 202)
    yield alice.wait_until_ready(TRACKING)
    alice.stop(TRACKING)
    alice.api("DELETE", f"users/alice/servers/{TRACKING}", json={"remove": True})


@pytest.fixture(scope="module")
def notebook(alice: Person, tracking: str) -> Iterator[str]:
    """A service of the same person, launched while MLflow runs."""
    assert alice.launch(NOTEBOOK, profile="jupyter-python").status_code in (201, 202)
    yield alice.wait_until_ready(NOTEBOOK)
    alice.stop(NOTEBOOK)
    alice.api("DELETE", f"users/alice/servers/{NOTEBOOK}", json={"remove": True})


def test_a_run_is_logged_and_its_artifacts_are_in_the_bucket(
    cluster: ClusterSite, alice: Person, tracking: str, notebook: str, page: Page
) -> None:
    printed = run_code(notebook, alice.token, LOG_A_RUN, timeout=180).strip().splitlines()
    experiment, run = printed[-1].split()

    stored = run_code(
        notebook,
        alice.token,
        textwrap.dedent(
            f"""
            import boto3
            s3 = boto3.client("s3")
            for found in s3.list_objects_v2(Bucket="user-alice", Prefix="mlflow/")["Contents"]:
                if "{run}" in found["Key"]:
                    print(s3.get_object(Bucket="user-alice", Key=found["Key"])["Body"].read())
            """
        ),
    )
    assert stored.strip() == "b'a model'"

    log_in_at_keycloak(page, cluster.url, "alice")
    page.goto(f"{tracking}/#/experiments/{experiment}/runs/{run}")
    expect(page.get_by_text("accuracy").first).to_be_visible(timeout=20_000)
    expect(page.get_by_text("0.93").first).to_be_visible()
    picture(page, "cluster-7-mlflow")


def test_its_token_is_in_no_pod(cluster: ClusterSite, alice: Person, notebook: str) -> None:
    secret = cluster.secret("alice", NOTEBOOK)

    assert secret["env.MLFLOW_TRACKING_TOKEN"] == secret["env.JUPYTERHUB_API_TOKEN"]
    assert secret["env.MLFLOW_TRACKING_TOKEN"] not in kubectl("get", "pods", "-A", "-o", "yaml")


def test_another_person_finds_no_mlflow(cluster: ClusterSite, bob: Person, tracking: str) -> None:
    assert bob.launch("alone", profile="jupyter-python").status_code in (201, 202)
    his = bob.wait_until_ready("alone")
    try:
        code = "import os, json; print(json.dumps([k for k in os.environ if 'MLFLOW' in k]))"
        assert json.loads(run_code(his, bob.token, code)) == []
        assert bob.session.get(f"{tracking}/api/2.0/mlflow/experiments/search").status_code == 403
    finally:
        bob.stop("alone")
        bob.api("DELETE", "users/bob/servers/alone", json={"remove": True})
