"""What more than one unit test file needs."""

import json

import pytest
from kubernetes_asyncio.config import kube_config
from kubespawner import clients

from onyxia_hub.demo.spawner import LocalOnyxiaSpawner
from onyxia_hub.spawner import OnyxiaSpawner
from tests.support.api_server import ApiServer
from tests.support.spawning import (
    Person,
    hub,
    orm_spawner,
    s3_and_vault,
    settings,
    write_profile,
)

LOCAL = 'local:\n  program: sh\n  command: [sh, "{port}", "{prefix}"]'


@pytest.fixture
async def api_server(tmp_path, monkeypatch):
    stand_in = ApiServer()
    await stand_in.start()
    config = tmp_path / "kubeconfig"
    config.write_text(
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "test",
                "clusters": [{"name": "test", "cluster": {"server": stand_in.url}}],
                "users": [{"name": "test", "user": {}}],
                "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
            }
        )
    )
    monkeypatch.setattr(kube_config, "KUBE_CONFIG_DEFAULT_LOCATION", str(config))
    clients.load_config.cache_clear()
    yield stand_in
    await OnyxiaSpawner._stop_all_reflectors()
    for client in clients._client_cache.values():
        await client.api_client.close()
    clients._client_cache.clear()
    await stand_in.stop()


@pytest.fixture(params=["local", "kubernetes"])
def make_on(request, tmp_path, api_server):
    """Return what makes a spawner, on each platform."""
    write_profile(tmp_path / "profiles", more=LOCAL)
    local = {"state_dir": tmp_path / "state"} if request.param == "local" else None
    what = {} if local else {"_mock": True}

    def make(user_options, *, name="lab", **traits):
        spawner = (LocalOnyxiaSpawner if local else OnyxiaSpawner)(
            user=Person(),
            hub=hub(),
            orm_spawner=orm_spawner(name),
            onyxia_settings=settings(tmp_path, local=local),
            providers=s3_and_vault(),
            **what,
            **traits,
        )
        spawner.user_options = user_options
        return spawner

    return make
