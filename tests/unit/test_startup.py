"""Whether and where a hub that starts sweeps, against a stand-in of the API server."""

import asyncio
import gc
import logging

import pytest
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from jupyterhub.user import UserDict

from onyxia_hub.startup import collect_garbage_seldom, sweep_at_start
from tests.support.spawning import settings


@pytest.fixture
def app():
    """Return a hub that knows alice, who had a service, and has found its services."""
    JupyterHub.clear_instance()
    app = JupyterHub.instance()
    app.db = orm.new_session_factory("sqlite:///:memory:")()
    alice = orm.User(name="alice")
    app.db.add_all([alice, orm.Spawner(name="lab", user=alice)])
    app.db.commit()
    app.users = UserDict(lambda: app.db, {})
    app.http_server = object()
    yield app
    app.db.close()
    app.db.get_bind().dispose()
    JupyterHub.clear_instance()


async def swept(site):
    before = asyncio.all_tasks()
    sweep_at_start(site)
    tasks = asyncio.all_tasks() - before
    if tasks:
        await asyncio.wait(tasks, timeout=10)
    return tasks


def with_kubernetes(tmp_path, **changes):
    site = settings(tmp_path)
    return site.model_copy(update={"kubernetes": site.kubernetes.model_copy(update=changes)})


def put(api_server, namespace):
    metadata = {"name": "onyxia-alice--lab", "namespace": namespace, "uid": namespace}
    metadata |= {"labels": {"component": "onyxia.hub"}, "resourceVersion": "1"}
    api_server.objects[f"namespaces/{namespace}/pods/onyxia-alice--lab"] = {"metadata": metadata}


async def test_orphans_in_users_namespaces_are_swept_up(app, tmp_path, api_server, caplog):
    put(api_server, "user-alice")
    put(api_server, "production")
    with caplog.at_level(logging.INFO):
        await swept(with_kubernetes(tmp_path, hub_service_account="onyxia/hub"))

    assert list(api_server.objects) == ["namespaces/production/pods/onyxia-alice--lab"]
    assert "Orphans of an earlier hub: 1" in caplog.text


async def test_a_hub_that_can_not_tell_its_pods_from_another_s_sweeps_nothing(
    app, tmp_path, api_server, caplog
):
    with caplog.at_level(logging.INFO):
        tasks = await swept(with_kubernetes(tmp_path, hub_service_account=None))

    assert tasks == set()
    assert api_server.requests == []
    assert "Without kubernetes.hub_service_account nothing" in caplog.text


async def test_whatever_goes_wrong_is_told_and_ends_only_the_sweep(
    app, tmp_path, api_server, caplog
):
    # Nobody that JupyterHub would have among its users.
    dict.__setitem__(app.users, 1, object())
    [task] = await swept(with_kubernetes(tmp_path, hub_service_account="onyxia/hub"))

    assert task.exception() is None
    assert "The sweep for orphans of an earlier hub failed" in caplog.text


def test_garbage_is_collected_seldom_and_still_collected():
    before = gc.get_threshold()
    try:
        gc.set_threshold(700)  # Python's own

        collect_garbage_seldom()

        assert gc.isenabled()
        assert gc.get_threshold()[0] > 10 * 700
    finally:
        gc.set_threshold(*before)
