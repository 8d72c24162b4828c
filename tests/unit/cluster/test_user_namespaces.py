"""When the hub makes and mends a user's namespace, against a stand-in of the API server."""

import asyncio
import base64
import gc
import traceback

import pytest
from kubernetes_asyncio.client.exceptions import ApiException
from kubespawner.clients import load_config, shared_client

from onyxia_hub.cluster.namespace import UserNamespaces
from onyxia_hub.cluster.refusals import launch_error
from onyxia_hub.manifests.namespace import namespace_objects
from onyxia_hub.settings import KubernetesSettings


@pytest.fixture
def ensure(api_server):
    """Return what makes alice's namespace."""
    load_config()
    namespaces = UserNamespaces()

    async def ensure(*, pull_secrets=None, **settings):
        objects = namespace_objects(
            "user-alice",
            settings=KubernetesSettings(hub_service_account="onyxia/hub", **settings),
            labels={},
            annotations={},
            pull_secrets=pull_secrets,
        )
        client = shared_client("CoreV1Api").api_client
        await namespaces.ensure(client, objects, seconds=5)

    ensure.namespaces = namespaces
    return ensure


async def test_all_is_made_once_and_the_hub_s_own_right_first(ensure, api_server):
    await asyncio.gather(ensure(), ensure(), ensure())

    assert api_server.requests[:2] == [
        ("POST", "namespaces"),
        ("POST", "namespaces/user-alice/rolebindings"),
    ]
    assert len(api_server.requests) == 2 + 6
    _, content_type = api_server.bodies["PATCH", "namespaces/user-alice"]
    assert content_type == "application/apply-patch+yaml"
    await ensure()
    assert len(api_server.requests) == 2 + 6


async def test_a_new_wish_of_the_site_is_applied(ensure, api_server):
    await ensure()
    await ensure(quota={"pods": 5})

    quota = api_server.get("resourcequotas", "onyxia-quota")
    assert quota["spec"] == {"hard": {"pods": "5"}}


async def test_a_right_that_has_not_arrived_yet_is_waited_for(ensure, api_server):
    api_server.refuse["PATCH", "namespaces"] = 403

    async def let_it_arrive():
        await asyncio.sleep(0.3)
        del api_server.refuse["PATCH", "namespaces"]

    await asyncio.gather(ensure(), let_it_arrive())

    assert api_server.get("networkpolicies", "onyxia-services") is not None


async def test_a_right_that_has_arrived_at_one_api_server_only_is_waited_for(ensure, api_server):
    # The namespace's request is let through, another one's is not yet.
    api_server.refuse["PATCH", "networkpolicies"] = 403

    async def let_it_arrive():
        await asyncio.sleep(0.3)
        del api_server.refuse["PATCH", "networkpolicies"]

    await asyncio.gather(ensure(), let_it_arrive())

    assert api_server.get("networkpolicies", "onyxia-services") is not None


async def test_a_namespace_of_a_laxer_time_is_mended_before_anything_is_bound_in_it(
    ensure, api_server
):
    await ensure()
    ensure.namespaces.forget(shared_client("CoreV1Api").api_client, "user-alice")
    labels = api_server.objects["namespaces/user-alice"]["metadata"]["labels"]
    labels["pod-security.kubernetes.io/enforce"] = "baseline"
    # As the admission policy does, which is asked before the binding is looked for.
    api_server.refuse["POST", "rolebindings"] = 403
    api_server.requests.clear()

    async def let_it_arrive():
        await asyncio.sleep(0.3)
        del api_server.refuse["POST", "rolebindings"]

    await asyncio.gather(ensure(), let_it_arrive())

    assert api_server.requests[:4] == [
        ("POST", "namespaces"),
        ("POST", "namespaces/user-alice/rolebindings"),
        ("PATCH", "namespaces/user-alice"),
        ("POST", "namespaces/user-alice/rolebindings"),
    ]
    labels = api_server.objects["namespaces/user-alice"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


async def test_a_namespace_that_the_hub_may_neither_bind_in_nor_mend_is_told_at_once(
    ensure, api_server
):
    api_server.refuse |= {("POST", "rolebindings"): 403, ("PATCH", "namespaces"): 403}

    with pytest.raises(ApiException) as refusal:
        await ensure()

    assert refusal.value.status == 403
    assert api_server.requests == [
        ("POST", "namespaces"),
        ("POST", "namespaces/user-alice/rolebindings"),
        ("PATCH", "namespaces/user-alice"),
    ]


async def test_nothing_but_a_hash_is_kept_of_what_was_made(ensure):
    await asyncio.gather(ensure(), ensure())

    gc.collect()
    tasks = [thing for thing in gc.get_objects() if isinstance(thing, asyncio.Task)]
    assert [task for task in tasks if "_make" in repr(task.get_coro())] == []


async def test_a_right_that_is_missing_is_told_and_asked_for_again(ensure, api_server):
    await ensure()
    api_server.refuse["PATCH", "namespaces"] = 403
    with pytest.raises(ApiException) as refusal:
        await ensure(quota={"pods": 5})
    assert refusal.value.status == 403
    # The hub's binding was there before, so waiting would not help.
    assert [method for method, path in api_server.requests if path.endswith("-alice")] == [
        "PATCH",
        "PATCH",
    ]

    del api_server.refuse["PATCH", "namespaces"]
    await ensure(quota={"pods": 5})
    assert api_server.get("resourcequotas", "onyxia-quota") is not None


async def test_a_namespace_that_is_forgotten_is_looked_at_again(ensure, api_server):
    await ensure()
    api_server.requests.clear()
    ensure.namespaces.forget(shared_client("CoreV1Api").api_client, "user-alice")
    await ensure()

    assert ("PATCH", "namespaces/user-alice") in api_server.requests


async def test_a_new_password_of_a_registry_is_applied(ensure, api_server):
    await ensure(pull_secrets={"registry": "old"})
    await ensure(pull_secrets={"registry": "new"})

    made = api_server.get("secrets", "onyxia-registry-pull")
    assert base64.b64decode(made["data"][".dockerconfigjson"]) == b"new"
    place = "namespaces/user-alice/secrets/onyxia-registry-pull"
    assert [path for _, path in api_server.requests if "secrets" in path] == [place] * 2


async def test_a_refusal_of_a_registrys_password_quotes_nothing(ensure, api_server):
    password = "s3cr3t"
    api_server.refuse["PATCH", "secrets"] = 422
    api_server.status[422] = ("Invalid", f"denied: {password}")

    with pytest.raises(ApiException) as refusal:
        await ensure(pull_secrets={"registry": password})

    assert refusal.value.status == 422
    told = "".join(traceback.format_exception(refusal.value))
    assert password not in told + launch_error(refusal.value).message
    assert "422" in launch_error(refusal.value).message
