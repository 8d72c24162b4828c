"""What a hub that starts finds of the one before."""

import asyncio

from jupyterhub.utils import exponential_backoff


async def test_a_launch_that_the_last_hub_did_not_finish_is_cleaned_up(make, api_server):
    api_server.start_pods = False
    first = make()
    start = asyncio.ensure_future(first.start())
    async with asyncio.timeout(5):
        await exponential_backoff(lambda: api_server.get("pods", "onyxia-alice--lab"), "no pod")
    # A hub that is killed leaves what it stored last: the state of the last stop, or none.
    start.cancel()

    second = make()
    second.load_state({})
    second._check_pending = True
    assert await second.poll() == 1
    await second.run_post_stop_hook()

    assert api_server.get("pods", "onyxia-alice--lab") is None
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None
    [revoked] = second.providers[1].revoked
    assert revoked["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


async def test_a_service_that_runs_is_adopted(make, api_server):
    first = make()
    await asyncio.wait_for(first.start(), 20)

    second = make()
    second.load_state(first.get_state())
    second._check_pending = True

    assert await second.poll() is None
    assert api_server.get("pods", "onyxia-alice--lab") is not None
    assert second.providers[1].revoked == []


async def test_a_pod_that_has_not_started_yet_in_this_hub_is_no_leftover(make, api_server):
    api_server.start_pods = False
    spawner = make()
    start = asyncio.ensure_future(spawner.start())
    async with asyncio.timeout(5):
        await exponential_backoff(lambda: api_server.get("pods", "onyxia-alice--lab"), "no pod")
    await asyncio.sleep(0.2)

    assert await spawner.poll() is None
    start.cancel()
    await spawner.stop()


async def test_the_token_is_revoked_before_the_pod_goes(make, api_server):
    spawner = make()
    await asyncio.wait_for(spawner.start(), 20)
    api_server.slow["DELETE", "pods"] = [30]
    stop = asyncio.ensure_future(spawner.stop())
    await asyncio.sleep(0.5)

    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    stop.cancel()


async def test_a_pod_that_dies_while_jupyterhub_waits_for_its_answer_is_left_to_its_limit(
    make, api_server
):
    spawner = make()
    await asyncio.wait_for(spawner.start(), 20)
    api_server.end_pod("onyxia-alice--lab", 3)
    spawner._waiting_for_response = True
    for _ in range(5):
        assert await spawner.poll() is None
        await asyncio.sleep(0.1)

    spawner._waiting_for_response = False
    assert await exponential_backoff(spawner.poll, "The pod never ended") in (1, 3)
