"""What the end of a service revokes and deletes, also after a restart of the hub."""

import asyncio

import pytest
from jupyterhub.utils import exponential_backoff


async def test_a_hub_that_came_back_revokes_what_the_last_one_minted(make, api_server):
    first = make()
    await asyncio.wait_for(first.start(), 20)
    state = first.get_state()

    second = make()
    second.load_state(state)
    assert await second.poll() is None
    await second.stop()
    await second.run_post_stop_hook()
    assert second.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None


@pytest.mark.parametrize("failure", [403, 500, 0, "slow"])
async def test_a_secret_that_can_t_be_read_or_deleted_does_not_hinder_a_stop(
    make, api_server, failure, caplog
):
    first = make()
    await asyncio.wait_for(first.start(), 20)
    hooked = []
    second = make(post_stop_hook=hooked.append, k8s_api_request_timeout=1)
    second.load_state(first.get_state())
    for request in (("GET", "secrets"), ("DELETE", "secrets")):
        if failure == "slow":
            api_server.slow[request] = [5, 5]
        else:
            api_server.refuse[request] = failure

    await asyncio.wait_for(second.stop(), 20)
    assert api_server.get("pods", "onyxia-alice--lab") is None
    await asyncio.wait_for(second.run_post_stop_hook(), 20)
    assert hooked == [second]
    messages = [record.getMessage() for record in caplog.records]
    about = [message for message in messages if "user-alice/onyxia-alice--lab-cred" in message]
    why = {0: "no connection", "slow": "no answer in time"}.get(failure, f"HTTP {failure}")
    assert len(about) >= 2
    assert [message for message in about if why not in message] == []


async def test_an_unknown_failure_to_revoke_does_not_hinder_the_site_s_own_hook(make):
    hooked = []
    spawner = make(post_stop_hook=hooked.append)

    async def broken(env):
        raise RuntimeError("a provider of the site's own")

    spawner.providers[0].revoke = broken
    await asyncio.wait_for(spawner.start(), 20)
    await spawner.stop()
    await spawner.run_post_stop_hook()
    assert hooked == [spawner]


@pytest.mark.parametrize("delete_stopped_pods", [True, False])
async def test_a_pod_that_ended_by_itself_after_a_hub_restart_loses_its_token(
    make, api_server, delete_stopped_pods
):
    first = make()
    await asyncio.wait_for(first.start(), 20)
    second = make(delete_stopped_pods=delete_stopped_pods)
    second.load_state(first.get_state())
    api_server.end_pod("onyxia-alice--lab", 3)
    # The end reaches the hub by a watch; `poll` returns nothing until then.
    assert await exponential_backoff(second.poll, "The pod never ended") == 3
    await second.run_post_stop_hook()
    [revoked] = second.providers[1].revoked
    assert revoked["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None
    # What was minted is known once: the next launch must not revoke it again.
    await second.run_post_stop_hook()
    assert len(second.providers[1].revoked) == 1
