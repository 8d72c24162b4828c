"""A service that is not ready before its time is up."""

import asyncio

import pytest
from jupyterhub.utils import exponential_backoff

from onyxia_hub.errors import NotReadyInTime


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ([], "Kubernetes said nothing of it; tell an administrator if it happens again."),
        (
            [("Warning", "0/3 nodes have a GPU."), ("Normal", "Pulling image")],
            "Kubernetes said of it: 0/3 nodes have a GPU.",
        ),
        ([("Normal", "Pulled image"), ("Normal", "Started")], "Kubernetes said of it: Started."),
    ],
)
async def test_a_pod_that_is_never_ready_is_told_with_the_cluster_s_last_words(
    make, api_server, said, hint
):
    api_server.start_pods = False
    spawner = make()
    spawner.start_timeout = 6
    start = spawner.start()
    async with asyncio.timeout(5):
        await exponential_backoff(lambda: api_server.get("pods", "onyxia-alice--lab"), "no pod")
    for kind, message in said:
        api_server.say("onyxia-alice--lab", kind, message)
    # As JupyterHub waits; its own limit must not be the first one.
    with pytest.raises(NotReadyInTime) as failure:
        await asyncio.wait_for(start, spawner.start_timeout)
    assert failure.value.message == (
        f"Tiny did not answer within 1 seconds, so it was stopped. {hint}"
    )
    assert await spawner.poll() is None
    await spawner.stop()
    assert api_server.get("pods", "onyxia-alice--lab") is None


async def test_a_watch_that_is_stuck_is_restarted_and_leaves_no_pod_behind(make, api_server):
    earlier = make()
    await asyncio.wait_for(earlier.start(), 20)
    await earlier.stop()
    api_server.mute = True
    spawner = make()
    spawner.start_timeout = 6
    with pytest.raises(NotReadyInTime):
        await asyncio.wait_for(spawner.start(), spawner.start_timeout)
    api_server.mute = False
    # JupyterHub stops only what runs as far as it knows.
    assert await spawner.poll() is None
    await spawner.stop()
    assert api_server.get("pods", "onyxia-alice--lab") is None


async def test_an_exchange_that_takes_too_long_is_told(make, api_server):
    async def never(identity, request):
        await asyncio.Event().wait()

    spawner = make()
    spawner.start_timeout = 1
    spawner.providers[0].mint = never
    with pytest.raises(NotReadyInTime, match="The service did not answer within 1 seconds"):
        await asyncio.wait_for(spawner.start(), 5)
    assert api_server.requests == []
