"""Whose a volume is, and when it goes."""

import asyncio
from types import SimpleNamespace

import pytest

from onyxia_hub.errors import KubernetesRefused, VolumeNotReady
from tests.support.full_launch import FULL
from tests.support.spawning import orm_spawner, write_profile

SHARED = FULL.replace("persistence:\n", "persistence:\n  scope: user\n")


def claims(api_server):
    return sorted(
        path.split("/")[-1] for path in api_server.objects if "/persistentvolumeclaims/" in path
    )


async def run_and_stop(spawner):
    await asyncio.wait_for(spawner.start(), 20)
    spawner.start_polling()
    spawner.stop_polling()
    await spawner.stop()
    await spawner.run_post_stop_hook()
    spawner.clear_state()


@pytest.fixture
def shared(tmp_path, make, api_server):
    write_profile(tmp_path / "profiles", "shared", more=SHARED + f"port: {api_server.pod_port}\n")
    return "shared"


@pytest.mark.parametrize("keep", [True, False])
async def test_a_volume_goes_with_its_service_unless_its_user_keeps_it(make, api_server, keep):
    first = make({"profile": "full", "keep_storage": keep})
    await run_and_stop(first)
    assert claims(api_server) == ["service-alice--lab"]

    # As JupyterHub deletes a service: a spawner that knows nothing but the stored state.
    second = make()
    second.load_state(first.get_state())
    await second.delete_forever()

    assert claims(api_server) == (["service-alice--lab"] if keep else [])


async def test_a_kept_volume_is_found_again_by_the_next_service_of_that_name(make, api_server):
    first = make({"profile": "full", "keep_storage": True})
    await run_and_stop(first)
    await first.delete_forever()
    uid = api_server.get("persistentvolumeclaims", "service-alice--lab")["metadata"]["uid"]

    again = make({"profile": "full"})
    await run_and_stop(again)

    assert api_server.get("persistentvolumeclaims", "service-alice--lab")["metadata"]["uid"] == uid


async def test_a_volume_of_the_user_outlives_the_service_and_ends_with_the_user(
    make, api_server, shared
):
    spawner = make({"profile": shared})
    await run_and_stop(spawner)
    await spawner.delete_forever()
    assert claims(api_server) == ["shared-alice"]

    default = make(orm_spawner=orm_spawner(""))
    await default.delete_forever()
    assert claims(api_server) == []


async def test_a_shared_volume_stays_while_a_service_of_its_user_runs(make, api_server, shared):
    await run_and_stop(make({"profile": shared}))
    default = make(orm_spawner=orm_spawner(""))
    # JupyterHub begins to delete a user, and gives up at the first service that runs.
    default.user.spawners = {"": default, "lab": SimpleNamespace(active=True)}
    await default.delete_forever()
    assert claims(api_server) == ["shared-alice"]


async def test_a_service_that_moved_to_a_shared_volume_loses_its_own_when_deleted(
    make, api_server, shared
):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    spawner.user_options = {"profile": shared}
    await run_and_stop(spawner)
    assert claims(api_server) == ["service-alice--lab", "shared-alice"]

    await spawner.delete_forever()

    assert claims(api_server) == ["shared-alice"]


async def test_a_volume_that_somebody_deleted_is_made_again(make, api_server):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    api_server.objects.pop("namespaces/user-alice/persistentvolumeclaims/service-alice--lab")
    later = make({"profile": "full"})
    later.load_state(spawner.get_state())

    await run_and_stop(later)

    assert claims(api_server) == ["service-alice--lab"]


async def test_a_volume_of_a_user_with_a_new_name_is_found_again(make, api_server):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    renamed = make({"profile": "full"})
    renamed.load_state(spawner.get_state())
    renamed.user.name = "alice-smith"

    await run_and_stop(renamed)

    assert claims(api_server) == ["service-alice--lab"]


async def test_a_volume_that_never_goes_is_told(make, api_server):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    claim = api_server.get("persistentvolumeclaims", "service-alice--lab")
    claim["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"

    with pytest.raises(VolumeNotReady, match="still being deleted"):
        await asyncio.wait_for(
            make({"profile": "full"}, k8s_api_request_retry_timeout=1).start(), 20
        )


async def test_a_first_launch_that_fails_leaves_no_volume(make, api_server):
    api_server.refuse["POST", "pods"] = 403
    spawner = make({"profile": "full"})
    with pytest.raises(KubernetesRefused):
        await asyncio.wait_for(spawner.start(), 20)
    assert claims(api_server) == ["service-alice--lab"]

    await spawner.run_post_stop_hook()

    assert claims(api_server) == []


async def test_a_later_launch_that_fails_leaves_the_volume(make, api_server):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    api_server.refuse["POST", "pods"] = 403
    spawner.user_options = {"profile": "full"}
    with pytest.raises(KubernetesRefused):
        await asyncio.wait_for(spawner.start(), 20)

    await spawner.run_post_stop_hook()

    assert claims(api_server) == ["service-alice--lab"]


async def test_a_volume_on_its_way_out_is_waited_for(make, api_server):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    claim = api_server.get("persistentvolumeclaims", "service-alice--lab")
    claim["metadata"]["deletionTimestamp"] = "2030-01-01T00:00:00Z"
    later = make({"profile": "full"})
    start = asyncio.ensure_future(later.start())
    await asyncio.sleep(0.5)
    assert api_server.get("pods", "onyxia-alice--lab") is None

    path = "namespaces/user-alice/persistentvolumeclaims/service-alice--lab"
    del api_server.objects[path]
    await asyncio.wait_for(start, 20)

    assert "deletionTimestamp" not in api_server.objects[path]["metadata"]


async def test_a_volume_that_was_there_is_no_quota_trouble(make, api_server):
    await run_and_stop(make({"profile": "full"}))
    api_server.refuse["POST", "persistentvolumeclaims"] = 403

    await run_and_stop(make({"profile": "full"}))

    assert claims(api_server) == ["service-alice--lab"]


async def test_a_volume_that_can_t_be_deleted_is_told(make, api_server, caplog):
    spawner = make({"profile": "full"})
    await run_and_stop(spawner)
    api_server.refuse["DELETE", "persistentvolumeclaims"] = 403

    await spawner.delete_forever()

    assert "user-alice/service-alice--lab is left behind: HTTP 403" in caplog.text
