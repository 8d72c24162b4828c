"""From a login at Keycloak to a pod with everything wired, and back to nothing."""

from __future__ import annotations

import json
import re
import textwrap

import pytest
from playwright.sync_api import Page, expect

from onyxia_hub.catalogue.program import GATEWAY_PORT
from tests.cluster import paths
from tests.cluster.client import kubectl
from tests.e2e.cluster.log_in import log_in_at_keycloak
from tests.e2e.conftest import picture
from tests.support.cluster_site import ClusterSite, until
from tests.support.git_server import git_server
from tests.support.hub import Person
from tests.support.kernel import CodeFailed, run_code

SERVICE = "story"


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("forge")
    files = {"lesson.md": "a lesson\n"}
    with git_server(folder, address=paths.NODE_ADDRESS, files=files) as address:
        yield address


@pytest.fixture(scope="module")
def service(alice: Person, repository: str):
    """Alice's Jupyter service with everything that one can ask for."""
    answer = alice.launch(
        SERVICE,
        profile="jupyter-python",
        git_repository=repository,
        init_script="echo prepared by $NAME_OF_MINE > /home/onyxia/work/prepared.txt",
        # The test forge's certificate is nobody's.
        env={"GIT_SSL_NO_VERIFY": "true", "NAME_OF_MINE": "a {brace} and $HOME"},
    )
    assert answer.status_code in (201, 202), answer.text
    yield alice.wait_until_ready(SERVICE)
    alice.stop(SERVICE)
    alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


def run(person: Person, service: str, code: str) -> str:
    return run_code(service, person.token, textwrap.dedent(code)).strip()


def test_a_login_at_keycloak_a_click_and_jupyterlab_is_there(
    cluster: ClusterSite, page: Page
) -> None:
    log_in_at_keycloak(page, cluster.url, "bob")
    page.goto(f"{cluster.url}/hub/spawn")
    page.get_by_role("radio", name="Jupyter with Python").check(force=True)
    picture(page, "cluster-1-catalogue")
    page.get_by_role("button", name="Launch Jupyter with Python").click()
    page.wait_for_url(re.compile("/hub/spawn-pending/bob|/user/bob/"))
    picture(page, "cluster-2-starting")
    page.wait_for_url(re.compile("/user/bob/lab"))
    page.wait_for_selector("#jp-main-dock-panel")
    expect(page.get_by_text("Python 3 (ipykernel)").first).to_be_visible()
    picture(page, "cluster-3-jupyterlab")

    bob = cluster.person("bob")
    bob.stop()
    assert cluster.names("pods", "user-bob") == []


def test_s3_without_a_key_typed_anywhere(alice: Person, service: str) -> None:
    printed = run(
        alice,
        service,
        """
        import boto3
        s3 = boto3.client("s3")
        s3.put_object(Bucket="user-alice", Key="pod.txt", Body=b"from a pod")
        print(s3.get_object(Bucket="user-alice", Key="pod.txt")["Body"].read().decode())
        """,
    )

    assert printed == "from a pod"


def test_vault_without_a_token_typed_anywhere(alice: Person, service: str) -> None:
    printed = run(
        alice,
        service,
        """
        import hvac, os
        kv = hvac.Client().secrets.kv.v2
        where = dict(path=os.environ["VAULT_TOP_DIR"] + "/pod", mount_point="secret")
        kv.create_or_update_secret(secret={"KEY": "kept"}, **where)
        print(kv.read_secret_version(raise_on_deleted_version=True, **where)["data"]["data"])
        """,
    )

    assert printed == "{'KEY': 'kept'}"


def test_what_was_asked_for_is_done_before_the_program_starts(alice: Person, service: str) -> None:
    printed = run(
        alice,
        service,
        """
        print(open("/home/onyxia/work/prepared.txt").read().strip())
        print(open("/home/onyxia/work/course/lesson.md").read().strip())
        """,
    )

    assert printed.splitlines() == ["prepared by a {brace} and $HOME", "a lesson"]


def test_r_sees_the_same(alice: Person, service: str) -> None:
    code = """
    has_token <- nchar(Sys.getenv("VAULT_TOKEN")) > 10
    cat(R.version$language, Sys.getenv("AWS_ENDPOINT_URL"), has_token)
    """
    printed = run_code(service, alice.token, code, kernel_name="ir")

    assert printed == "R http://10.244.0.1:18333 TRUE"


def test_kubectl_works_in_the_own_namespace_and_nowhere_else(alice: Person, service: str) -> None:
    def inside(command: str) -> str:
        code = f"""
        import subprocess
        done = subprocess.run({command.split()!r}, capture_output=True, text=True)
        print(done.stdout + done.stderr)
        """
        return run(alice, service, code)

    assert f"onyxia-alice--{SERVICE}" in inside("kubectl get pods")
    for elsewhere in ("user-bob", "onyxia", "kube-system"):
        assert "Forbidden" in inside(f"kubectl get pods -n {elsewhere}")
    assert "Forbidden" in inside("kubectl get nodes")
    assert "orbidden" in inside("kubectl delete resourcequota onyxia-quota")


def test_bob_gets_at_nothing_of_alices(bob: Person, alice: Person, service: str) -> None:
    assert bob.launch("thief", profile="jupyter-python").status_code in (201, 202)
    his = bob.wait_until_ready("thief")
    try:
        with pytest.raises(CodeFailed, match="AccessDenied"):
            run(
                bob,
                his,
                """
                import boto3
                boto3.client("s3").get_object(Bucket="user-alice", Key="pod.txt")
                """,
            )
        with pytest.raises(CodeFailed, match="Forbidden"):
            run(
                bob,
                his,
                """
                import hvac
                hvac.Client().secrets.kv.v2.read_secret_version(
                    path="alice/pod", mount_point="secret", raise_on_deleted_version=True)
                """,
            )
        pod = json.loads(kubectl("-n", "user-alice", "get", "pods", "-o", "json"))["items"][0]
        reached = run(
            bob,
            his,
            f"""
            import socket
            for port in (8888, {GATEWAY_PORT}):
                try:
                    socket.create_connection(("{pod["status"]["podIP"]}", port), timeout=3)
                    print("reached")
                except OSError:
                    print("kept out")
            """,
        )
        # Neither the program past its gateway, nor the gateway past the hub's proxy.
        assert reached.split("\n") == ["kept out", "kept out"]
        answer = bob.session.get(f"{service}/api/kernels", timeout=30)
        assert answer.status_code == 403
    finally:
        bob.stop("thief")
        bob.api("DELETE", "users/bob/servers/thief", json={"remove": True})


def test_no_secret_value_is_in_pods_events_or_the_log(
    cluster: ClusterSite, alice: Person, service: str
) -> None:
    secret = cluster.secret("alice", SERVICE)
    hidden = {
        secret["env.VAULT_TOKEN"],
        secret["env.JUPYTERHUB_API_TOKEN"],
        secret["env.NAME_OF_MINE"],
        *(value for value in json.loads(secret["file.s3-credentials.json"]).values()),
    }
    hidden = {value for value in hidden if isinstance(value, str) and len(value) > 8}
    # The keys, the token of the session; neither the version nor the end.
    hidden -= {json.loads(secret["file.s3-credentials.json"])["Expiration"]}
    assert len(hidden) == 6, "the test must look for something"
    shown = kubectl("get", "pods,events,configmaps,serviceaccounts", "-A", "-o", "yaml")
    shown += cluster.hub_log() + alice.api("GET", "users/alice").text

    told = [value for value in hidden if value in shown]

    # JupyterHub shows its owner the options that he gave.
    assert told == [secret["env.NAME_OF_MINE"]]
    assert secret["env.NAME_OF_MINE"] not in kubectl("get", "pods", "-A", "-o", "yaml")
    assert f"{SERVICE}-credentials" in shown


def test_a_stop_leaves_neither_secret_nor_token(cluster: ClusterSite, bob: Person) -> None:
    before = cluster.vault_tokens()
    assert bob.launch("short", profile="jupyter-python").status_code in (201, 202)
    bob.wait_until_ready("short")
    assert len(cluster.vault_tokens() - before) == 1
    assert cluster.names("secrets", "user-bob") == ["onyxia-bob--short-credentials"]

    bob.stop("short")

    until(lambda: not cluster.names("secrets", "user-bob"), what="the Secret is gone")
    assert cluster.vault_tokens() - before == set()


def test_a_secret_goes_with_its_pod_whoever_deletes_it(cluster: ClusterSite, bob: Person) -> None:
    assert bob.launch("gone", profile="jupyter-python").status_code in (201, 202)
    bob.wait_until_ready("gone")

    kubectl("-n", "user-bob", "delete", "pod", "onyxia-bob--gone", "--wait=false", "--now")

    until(lambda: not cluster.names("secrets", "user-bob"), what="the Secret is gone")
    bob.stop("gone")
