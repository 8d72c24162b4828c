"""A launch that can't come good ends at once, with the cause."""

import asyncio

import pytest
from jupyterhub.utils import exponential_backoff
from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.api_client import answering_in_json
from onyxia_hub.errors import (
    ImageNotFound,
    InitScriptFailed,
    KubernetesRefused,
    NodeRefused,
    NotReachable,
    PodDeleted,
)


async def started(spawner, api_server):
    api_server.start_pods = False
    start = asyncio.ensure_future(spawner.start())
    async with asyncio.timeout(5):
        await exponential_backoff(lambda: api_server.get("pods", "onyxia-alice--lab"), "no pod")
    return start


def change(api_server, **container):
    pod = api_server.get("pods", "onyxia-alice--lab")
    pod["status"]["containerStatuses"][0] |= container
    pod["spec"]["nodeName"] = "node1"
    change_of(api_server, pod)


def change_of(api_server, pod):
    api_server._version += 1
    pod["metadata"]["resourceVersion"] = str(api_server._version)
    api_server._tell("pods", "MODIFIED", pod)


async def test_an_image_that_does_not_exist(make, api_server):
    start = await started(make(), api_server)
    message = 'rpc error: failed to resolve reference "registry.example.org/tiny:1": not found'
    change(api_server, state={"waiting": {"reason": "ErrImagePull", "message": message}})

    with pytest.raises(ImageNotFound) as failure:
        await asyncio.wait_for(start, 5)
    assert "“registry.example.org/tiny:1” does not exist" in failure.value.message


async def test_an_init_script_that_fails_is_quoted_without_secrets(make, api_server):
    spawner = make({"profile": "tiny", "env": {"PASSWORD": "typed-by-the-user"}})
    start = await started(spawner, api_server)
    wrote = "using typed-by-the-user and hvs.SECRET-OF-VAULT\nno luck\n"
    wrote += "onyxia-hub: the init script ended with exit code 7\n"
    change(api_server, state={"terminated": {"exitCode": 7, "reason": "Error", "message": wrote}})

    with pytest.raises(InitScriptFailed) as failure:
        await asyncio.wait_for(start, 5)
    assert "exit code 7" in failure.value.message
    assert "no luck" in failure.value.message
    assert "typed-by-the-user" not in failure.value.message
    assert "hvs.SECRET" not in failure.value.message
    assert "no luck" not in str(failure.value.log_message)


async def test_a_pod_that_somebody_deletes_meanwhile(make, api_server):
    start = await started(make(), api_server)
    change(api_server)
    await asyncio.sleep(1)
    api_server._delete("namespaces/user-alice/pods/onyxia-alice--lab", "pods")

    with pytest.raises(PodDeleted):
        await asyncio.wait_for(start, 5)


async def test_a_pod_that_does_not_answer_the_hub(make, api_server):
    await api_server.end_programs()

    with pytest.raises(NotReachable, match="could not reach it within 1 seconds"):
        await asyncio.wait_for(make(http_timeout=1).start(), 20)


async def test_a_start_that_waits_for_a_node_says_why(make, api_server):
    spawner = make()
    start = await started(spawner, api_server)
    pod = api_server.get("pods", "onyxia-alice--lab")
    message = "0/1 nodes are available: 1 Insufficient cpu."
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable"}
    pod["status"]["conditions"] = [condition | {"message": message}]
    change_of(api_server, pod)

    async with asyncio.timeout(10):
        async for event in spawner.progress():
            if "CPU" in event["message"]:
                break
    start.cancel()
    await spawner.stop()


async def test_a_pod_that_its_node_refused_is_taken_away(make, api_server):
    spawner = make()
    start = await started(spawner, api_server)
    pod = api_server.get("pods", "onyxia-alice--lab")
    pod["status"] = {"phase": "Failed", "reason": "OutOfcpu", "message": "no cpu"}
    change_of(api_server, pod)
    with pytest.raises(NodeRefused):
        await asyncio.wait_for(start, 5)

    # JupyterHub asks, and takes a pod without containers for ended.
    assert await spawner.poll() == 1
    await spawner.run_post_stop_hook()

    assert api_server.get("pods", "onyxia-alice--lab") is None


async def test_a_pod_whose_making_was_answered_with_an_error_is_taken_away(make, api_server):
    api_server.start_pods = False
    spawner = make()

    async def made_and_refused(namespace, pod):
        await create(namespace, pod)
        raise ApiException(status=500, reason="etcd timed out")

    api = answering_in_json(spawner.api)
    create = api.create_namespaced_pod
    api.create_namespaced_pod = made_and_refused
    api_server.mute = True
    with pytest.raises(KubernetesRefused):
        await asyncio.wait_for(spawner.start(), 10)

    await spawner.run_post_stop_hook()

    assert api_server.get("pods", "onyxia-alice--lab") is None


@pytest.mark.parametrize(
    "forged",
    [
        {"involvedObject": {"kind": "Pod", "namespace": "user-mallory"}},
        {
            "involvedObject": {"kind": "Pod", "namespace": "user-mallory", "name": "x"},
            "lastTimestamp": None,
            "eventTime": None,
        },
        {"involvedObject": None},
    ],
)
async def test_events_that_somebody_made_up_hinder_nobody(make, api_server, forged):
    api_server.say("another", "Normal", "hello")
    await asyncio.wait_for(make().start(), 20)
    reflector = make().event_reflector
    reflector.resources["user-mallory/forged"] = {"metadata": {"uid": "f"}, **forged}

    spawner = make()
    assert await asyncio.wait_for(spawner.start(), 20)
    assert spawner.events == []
