"""A pod whose program knows nothing of the hub: the gateway stands in front of it."""

import json

import pytest
from kubernetes_asyncio.client import ApiClient

from onyxia_hub.errors import ProfileUnavailable
from onyxia_hub.gateway.config import config_from
from onyxia_hub.gateway.hub_facts import hub_facts
from onyxia_hub.settings import GatewaySettings, KubernetesSettings
from tests.support.spawning import settings, write_profile

GATEWAY = {"image": "registry.example.org/onyxia-hub/hub:1", "memory_limit": "96Mi"}


@pytest.fixture
def ide(make, tmp_path, api_server):
    """What makes a spawner that is about to launch a profile behind the gateway."""
    write_profile(tmp_path / "profiles", "ide", more=f"port: {api_server.pod_port}\n")
    file = tmp_path / "profiles" / "ide.yaml"
    text = file.read_text().replace("login: hub", "login: gateway")
    file.write_text(
        text.replace("prefix: native", "prefix: stripped")
        + "headers: {X-Root: '{prefix}'}\n"
        + "activity: {ignore: ['^/ping'], quiet_bytes: 14}\n"
    )

    def make_ide(gateway=GATEWAY, **traits):
        kubernetes = KubernetesSettings(gateway=GatewaySettings(**gateway))
        site = settings(tmp_path).model_copy(update={"kubernetes": kubernetes})
        return make({"profile": "ide"}, onyxia_settings=site, **traits)

    return make_ide


async def pod_of(spawner):
    await spawner.load_user_options()
    pod = await spawner.get_pod_manifest()
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), pod)


async def test_the_gateways_container(ide, api_server):
    pod = await pod_of(ide())

    program, gateway = pod["spec"]["containers"]
    env = {item["name"]: item for item in gateway.pop("env")}
    assert pod["spec"]["shareProcessNamespace"] is True
    assert gateway == {
        "name": "gateway",
        "image": "registry.example.org/onyxia-hub/hub:1",
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-m", "onyxia_hub.gateway"],
        "ports": [{"name": "notebook-port", "containerPort": 18000}],
        "resources": {
            "requests": {"cpu": "10m", "memory": "64Mi"},
            "limits": {"cpu": "1", "memory": "96Mi"},
        },
        "securityContext": {
            "runAsUser": 65532,
            "runAsGroup": 65532,
            "runAsNonRoot": True,
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "startupProbe": {
            "httpGet": {
                "path": "/user/alice/lab/_gateway/health",
                "port": 18000,
                "scheme": "HTTP",
            },
            "periodSeconds": 1,
            "timeoutSeconds": 1,
            "failureThreshold": 60,
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
    }
    assert program["ports"] == [{"name": "program", "containerPort": api_server.pod_port}]
    assert "startupProbe" not in program
    # Nothing of the user's: neither credentials nor what was typed.
    assert {name for name in env if not name.startswith("JUPYTERHUB_")} == {"ONYXIA_GATEWAY_CONFIG"}
    assert "value" not in env["JUPYTERHUB_API_TOKEN"]


async def test_the_gateway_understands_what_it_is_told(ide, api_server):
    pod = await pod_of(ide())

    items = pod["spec"]["containers"][1]["env"]
    env = {item["name"]: item.get("value", "from-the-secret") for item in items}
    config = config_from(env)
    assert config.program == f"http://127.0.0.1:{api_server.pod_port}"
    assert (config.host, config.port, config.prefix) == ("0.0.0.0", 18000, "stripped")
    assert (config.display_name, config.health_path) == ("Tiny", "/health")
    assert config.headers == {"X-Root": "{prefix}"}
    assert (config.ignore, config.quiet_bytes) == (("^/ping",), 14)
    facts = hub_facts(env)
    assert (facts.prefix, facts.user, facts.server_name) == ("/user/alice/lab/", "alice", "lab")


async def test_the_service_listens_where_the_gateway_does(ide):
    spawner = ide()
    pod = await pod_of(spawner)
    pod["status"] = {"podIP": "10.1.2.3"}

    assert spawner._get_pod_url(pod) == "http://10.1.2.3:18000"
    assert spawner.health_path() == "/user/alice/lab/_gateway/health"


async def test_no_secret_is_in_either_container(ide):
    spawner = ide()
    text = json.dumps(await pod_of(spawner))

    for secret in ("hub-token-of-the-service", "SECRET-OF-S3", "hvs.SECRET-OF-VAULT"):
        assert secret not in text


async def test_without_an_image_of_the_gateway_the_profile_is_unavailable(ide):
    with pytest.raises(ProfileUnavailable, match=r"name no image of it \(kubernetes.gateway.image"):
        await ide(gateway={}).load_user_options()


async def test_a_program_with_the_hubs_login_has_no_gateway(make):
    pod = await pod_of(make())

    assert [container["name"] for container in pod["spec"]["containers"]] == ["notebook"]
    assert "shareProcessNamespace" not in pod["spec"]
