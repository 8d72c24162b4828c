"""The profile of docs/how-to/migrate-from-zero-to-jupyterhub.md is what it says it comes from."""

import pytest
import yaml

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.settings import GatewaySettings, KubernetesSettings
from tests.support.documentation import HOW_TO, blocks, script
from tests.support.spawning import orm_spawner, settings

PAGE = HOW_TO / "migrate-from-zero-to-jupyterhub.md"


@pytest.fixture
def written():
    (block,) = blocks(PAGE, "yaml", below="Profiles")
    return block.text


@pytest.fixture
def before():
    (block,) = blocks(PAGE, "yaml zero-to-jupyterhub")
    return yaml.safe_load(block.text)["singleuser"]


@pytest.fixture
def profile(written, tmp_path):
    folder = tmp_path / "documented"
    folder.mkdir()
    (folder / "data-science.yaml").write_text(written)
    (profile,) = load_catalogue(folder)
    return profile


def test_the_profile_loads_and_has_what_the_old_one_had(profile, before):
    (old,) = before["profileList"]
    override = old["kubespawner_override"]
    cpu, memory = profile.resources.cpu, profile.resources.memory

    assert profile.display_name.en == old["display_name"]
    assert profile.description.en == old["description"]
    assert profile.images[0].image == override["image"]
    assert cpu.request.default.value == override["cpu_guarantee"]
    assert cpu.limit.default.value == override["cpu_limit"]
    # To KubeSpawner, G is what Kubernetes calls Gi.
    assert memory.request.default.text == f"{override['mem_guarantee']}i"
    assert memory.limit.default.text == f"{override['mem_limit']}i"
    assert dict(profile.env) == override["environment"]
    assert dict(profile.node_selector) == override["node_selector"]
    assert profile.default_url == before["defaultUrl"]
    assert profile.persistence.size.default.text == before["storage"]["capacity"]


async def test_a_launch_names_the_claim_and_the_namespace_that_the_page_binds(
    written, make, tmp_path
):
    (tmp_path / "profiles" / "data-science.yaml").write_text(written)
    gateway = GatewaySettings(image="registry.example.org/onyxia-hub/hub:1")
    site = settings(tmp_path).model_copy(update={"kubernetes": KubernetesSettings(gateway=gateway)})
    spawner = make(
        {"profile": "data-science"}, orm_spawner=orm_spawner("jupyter"), onyxia_settings=site
    )

    await spawner.load_user_options()
    pod = await spawner.get_pod_manifest()

    volumes = {
        volume["persistentVolumeClaim"]["claimName"]: volume["name"]
        for volume in pod.spec.volumes
        if "persistentVolumeClaim" in volume
    }
    mounts = {mount["name"]: mount["mountPath"] for mount in pod.spec.containers[0].volume_mounts}
    commands = script(PAGE, below="Home volumes")
    assert "user=alice\nservice=jupyter\n" in commands
    assert "name: service-$user--$service" in commands
    assert mounts[volumes["service-alice--jupyter"]] == "/home/jovyan"
    assert "--namespace user-$user" in commands
    assert spawner.namespace == "user-alice"
