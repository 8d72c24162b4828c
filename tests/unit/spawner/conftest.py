"""What makes a Kubernetes spawner whose API server is a stand-in (tests/support/api_server.py).

Nothing here proves a real cluster.
"""

import pytest
from traitlets.config import Config

from onyxia_hub.spawner import OnyxiaSpawner
from tests.support.full_launch import FULL
from tests.support.spawning import (
    Person,
    hub,
    orm_spawner,
    s3_and_vault,
    settings,
    write_profile,
)


@pytest.fixture
def make(tmp_path, api_server):
    port = f"port: {api_server.pod_port}\n"
    write_profile(tmp_path / "profiles", more=port)
    write_profile(tmp_path / "profiles", "full", more=FULL + port)
    file = tmp_path / "profiles" / "full.yaml"
    # `gpu` and `shared_memory` belong below `resources`.
    more = "resources:\n  gpu: {min: 0, max: 4, default: 1}\n  shared_memory: 2Gi\n"
    file.write_text(file.read_text().replace("resources:\n", more))

    def make(user_options=None, **traits):
        config = Config()
        config.OnyxiaSpawner.enable_user_namespaces = True
        config.OnyxiaSpawner.user_namespace_template = "user-{username}"
        config.OnyxiaSpawner.uid = 1000
        config.OnyxiaSpawner.fs_gid = 100
        config.OnyxiaSpawner.storage_class = "fast"
        config.OnyxiaSpawner.image_pull_policy = "IfNotPresent"
        config.OnyxiaSpawner.environment = {"SITE_TOKEN": "site-secret"}
        spawner = OnyxiaSpawner(
            _mock=True,
            config=config,
            user=Person(),
            hub=hub(),
            providers=s3_and_vault(),
            start_timeout=60,
            **{
                "orm_spawner": orm_spawner(port=api_server.pod_port),
                "onyxia_settings": settings(tmp_path),
                **traits,
            },
        )
        spawner.api_token = "hub-token-of-the-service"
        spawner.oauth_client_id = "jupyterhub-user-alice-lab"
        spawner.user_options = {"profile": "tiny"} if user_options is None else user_options
        return spawner

    return make
