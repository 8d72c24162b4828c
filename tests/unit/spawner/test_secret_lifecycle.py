"""When a service's Secret is made, gets its owner and goes: the order of requests."""

import asyncio
import base64

import pytest

from onyxia_hub.errors import KubernetesRefused
from onyxia_hub.manifests.names import pull_secret_name
from onyxia_hub.settings import KubernetesSettings
from tests.support.full_launch import CHOICES
from tests.support.spawning import settings

# What stands in a user's namespace, by the paths of the requests that make it.
NAMESPACE = [
    "namespaces/user-alice",
    "namespaces/user-alice/serviceaccounts/onyxia-edit",
    "namespaces/user-alice/rolebindings/onyxia-edit",
    "namespaces/user-alice/serviceaccounts/onyxia-view",
    "namespaces/user-alice/rolebindings/onyxia-view",
    "namespaces/user-alice/networkpolicies/onyxia-services",
]


async def test_what_a_pod_is_pulled_with_is_there_before_it(make, api_server, tmp_path):
    folder = tmp_path / "pull" / "registry"
    folder.mkdir(parents=True)
    (folder / ".dockerconfigjson").write_text('{"auths": {}}\n')
    pulled = KubernetesSettings(
        image_pull_secrets=("registry",), image_pull_secrets_folder=folder.parent
    )
    spawner = make(
        CHOICES,
        onyxia_settings=settings(tmp_path).model_copy(update={"kubernetes": pulled}),
        image_pull_secrets=[{"name": pull_secret_name("registry")}],
    )

    await asyncio.wait_for(spawner.start(), 20)

    pod = api_server.get("pods", "onyxia-alice--lab")
    (reference,) = pod["spec"]["imagePullSecrets"]
    data = api_server.get("secrets", reference["name"])["data"]
    assert base64.b64decode(data[".dockerconfigjson"]) == b'{"auths": {}}'
    paths = [path for _, path in api_server.requests]
    secret = f"namespaces/user-alice/secrets/{reference['name']}"
    assert paths.index(secret) < paths.index("namespaces/user-alice/pods")


async def test_a_start_writes_the_secret_first_and_a_stop_takes_it_away(make, api_server):
    spawner = make(CHOICES)
    url = await asyncio.wait_for(spawner.start(), 20)
    assert url == f"http://127.0.0.1:{api_server.pod_port}"
    secret = "namespaces/user-alice/secrets"
    pods = "namespaces/user-alice/pods"
    name = "onyxia-alice--lab"
    made = len(NAMESPACE) + 1
    assert api_server.requests[0] == ("POST", "namespaces")
    # What stands in the namespace is made at once, in whatever order.
    assert {path for _, path in api_server.requests[1:made]} == set(NAMESPACE)
    assert api_server.requests[made:] == [
        ("GET", "namespaces/user-alice/persistentvolumeclaims/service-alice--lab"),
        ("POST", "namespaces/user-alice/persistentvolumeclaims"),
        ("POST", secret),
        ("POST", pods),
        ("PATCH", f"{secret}/{name}-credentials"),
    ]
    patch, content_type = api_server.bodies["PATCH", f"{secret}/{name}-credentials"]
    assert content_type in {
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    }
    assert list(patch) == ["metadata"]
    stored = api_server.get("secrets", f"{name}-credentials")
    assert (
        stored["metadata"]["ownerReferences"][0]["uid"]
        == (api_server.get("pods", name)["metadata"]["uid"])
    )
    claim = api_server.get("persistentvolumeclaims", "service-alice--lab")
    assert claim["spec"]["resources"]["requests"] == {"storage": "20Gi"}
    assert claim["spec"]["storageClassName"] == "fast"

    api_server.requests.clear()
    assert await spawner.poll() is None
    spawner.has_run = True
    await spawner.stop()
    await spawner.run_post_stop_hook()
    assert api_server.requests == [
        ("DELETE", f"{pods}/{name}"),
        ("DELETE", f"{secret}/{name}-credentials"),
    ]
    assert api_server.get("secrets", f"{name}-credentials") is None
    assert spawner.providers[1].revoked == [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:8333", "VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}
    ]


def writes(api_server):
    kinds = {"POST": "make", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
    return [
        f"{kinds[method]} {path.split('/')[2]}"
        for method, path in api_server.requests
        if method in kinds and path.count("/") > 1 and path not in NAMESPACE
    ]


async def test_a_slow_answer_to_the_owner_s_patch_does_not_end_the_pod(make, api_server):
    api_server.slow["PATCH", "secrets"] = [3]
    spawner = make(k8s_api_request_timeout=1)
    await asyncio.wait_for(spawner.start(), 20)
    assert writes(api_server) == ["make secrets", "make pods", "patch secrets", "patch secrets"]
    pod = api_server.get("pods", "onyxia-alice--lab")
    secret = api_server.get("secrets", "onyxia-alice--lab-credentials")
    assert secret["metadata"]["ownerReferences"][0]["uid"] == pod["metadata"]["uid"]


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (500, 4)])
async def test_a_service_whose_secret_gets_no_owner_runs_all_the_same(
    make, api_server, caplog, status, tries
):
    api_server.refuse["PATCH", "secrets"] = status
    spawner = make()
    assert await asyncio.wait_for(spawner.start(), 20) == f"http://127.0.0.1:{api_server.pod_port}"
    assert writes(api_server) == ["make secrets", "make pods"] + tries * ["patch secrets"]
    messages = [record.getMessage() for record in caplog.records]
    [warning] = [message for message in messages if "has no owner" in message]
    assert "user-alice/onyxia-alice--lab-credentials" in warning

    assert await spawner.poll() is None
    await spawner.stop()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is not None
    await spawner.run_post_stop_hook()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None


async def test_a_pod_that_can_t_be_made_leaves_no_secret_and_no_token(make, api_server):
    api_server.refuse["POST", "pods"] = 403
    spawner = make()
    with pytest.raises(KubernetesRefused):
        await asyncio.wait_for(spawner.start(), 20)
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is not None
    # JupyterHub asks whether the pod runs, and calls `stop` only if it does.
    assert await spawner.poll() == 1
    await spawner.run_post_stop_hook()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


async def test_an_old_pod_and_its_secret_give_way_to_the_new_ones(make, api_server):
    old = make()
    await asyncio.wait_for(old.start(), 20)
    first = api_server.get("pods", "onyxia-alice--lab")["metadata"]["uid"]
    spawner = make()
    spawner.providers[1].env = {"VAULT_TOKEN": "hvs.NEW"}
    await asyncio.wait_for(spawner.start(), 20)
    pod = api_server.get("pods", "onyxia-alice--lab")
    secret = api_server.get("secrets", "onyxia-alice--lab-credentials")
    assert pod["metadata"]["uid"] != first
    assert secret["metadata"]["ownerReferences"][0]["uid"] == pod["metadata"]["uid"]
    # hvs.NEW, as the API server keeps it.
    assert secret["data"]["env.VAULT_TOKEN"] == "aHZzLk5FVw=="
    # What the old Secret held is revoked, nothing else.
    [revoked] = spawner.providers[1].revoked
    assert revoked["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
