"""`kubectl` with what “My account” gives, and the commands that the launch form shows."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Browser, Page, expect

from tests.cluster.paths import program as built
from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite
from tests.support.hub import Person

SERVICE = "shown"


@pytest.fixture(scope="module")
def page(cluster: ClusterSite, alice: Person, browser: Browser):
    context = browser.new_context(base_url=cluster.url, viewport={"width": 1440, "height": 900})
    made = context.new_page()
    log_in_at_keycloak(made, cluster.url, "alice")
    yield made
    context.close()
    alice.stop(SERVICE)
    alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


@pytest.fixture(scope="module")
def home(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with kubectl and the kubeconfig that the page shows."""
    folder = tmp_path_factory.mktemp("home")
    kubectl = folder / "kubectl"
    kubectl.write_text(f'#!/bin/sh\nexec "{built("kube")}" kubectl "$@"\n')
    kubectl.chmod(0o755)
    page.goto("/hub/onyxia/account")
    section = page.get_by_role("region", name="Kubernetes")
    section.get_by_role("button", name="Make a kubeconfig and show it").click()
    shown = section.locator("[data-onyxia-snippets=kubernetes]")
    expect(shown).to_contain_text("Good until")
    text = shown.locator("[data-onyxia-command-text]").text_content() or ""
    with page.expect_download() as download:
        section.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text() == text
    assert download.value.suggested_filename == "onyxia.kubeconfig"
    section.scroll_into_view_if_needed()
    picture(page, "cluster-account-kubernetes")
    (folder / "onyxia.kubeconfig").write_text(text)
    return folder


def run(home: Path, text: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-ec", text],
        cwd=home,
        env={"PATH": f"{home}:/usr/bin:/bin", "KUBECONFIG": "onyxia.kubeconfig", **env},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_form_s_command_launches_and_shows_what_it_made(
    cluster: ClusterSite, alice: Person, page: Page, home: Path
) -> None:
    page.goto(f"/hub/spawn/alice/{SERVICE}")
    page.get_by_role("radio", name="Jupyter with Python", exact=True).check(force=True)
    block = page.locator("[data-onyxia-options=jupyter-python] [data-onyxia-command-text]")
    expect(block).to_be_visible()
    text = block.text_content() or ""
    picture(page, "cluster-form-command")
    done = run(home, text, ONYXIA_HUB_TOKEN=alice.token)
    assert done.returncode == 0, done.stderr
    pod = cluster.pod("alice", SERVICE)
    assert pod is not None
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert claims
    for name in (pod["metadata"]["name"], *claims):
        assert f"\n{name} " in f"\n{done.stdout}"
    alice.wait_until_ready(SERVICE)


def test_it_looks_at_one_s_own_namespace_without_secrets_and_at_no_other(home: Path) -> None:
    assert run(home, "kubectl get pods").returncode == 0
    for refused in (
        "kubectl get secrets",
        "kubectl -n user-bob get pods",
        "kubectl get nodes",
        "kubectl delete pod --all",
        "kubectl create token onyxia-view",
    ):
        done = run(home, refused)
        assert done.returncode != 0
        assert "Forbidden" in done.stderr or "forbidden" in done.stderr


def test_nobody_gets_another_s_and_the_token_is_in_no_log(
    cluster: ClusterSite, bob: Person, home: Path
) -> None:
    assert bob.api("POST", "onyxia/users/alice/access/kubernetes").status_code in {403, 404}
    assert cluster.operator("POST", "onyxia/users/alice/access/kubernetes").status_code in {
        403,
        404,
    }
    config = yaml.safe_load((home / "onyxia.kubeconfig").read_text())
    assert config["users"][0]["user"]["token"] not in cluster.hub_log()
