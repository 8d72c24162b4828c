"""The manifests of a service's pod and Secret, to the last key."""

import json

import pytest
from kubernetes_asyncio.client import ApiClient

from onyxia_hub.manifests.command import command_script, expiry_text
from onyxia_hub.manifests.start import start_script
from tests.support.full_launch import CHOICES

SECRETS = (
    "hub-token-of-the-service",
    "SECRET-OF-S3",
    "hvs.SECRET-OF-VAULT",
    "typed by the user",
    "secret-in-the-script",
    "site-secret",
)


async def pod_of(spawner):
    pod = await spawner.get_pod_manifest()
    return ApiClient.sanitize_for_serialization(ApiClient.__new__(ApiClient), pod)


def reference(name):
    return {
        "name": name,
        "valueFrom": {
            "secretKeyRef": {"name": "onyxia-alice--lab-credentials", "key": f"env.{name}"}
        },
    }


async def test_the_whole_pod(make, api_server):
    spawner = make(CHOICES)
    await spawner.load_user_options()
    pod = await pod_of(spawner)

    [container] = pod["spec"].pop("containers")
    env = {item["name"]: item for item in container.pop("env")}
    annotations = pod["metadata"].pop("annotations")
    assert pod == {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "onyxia-alice--lab",
            "labels": {
                "app.kubernetes.io/component": "singleuser-server",
                "app.kubernetes.io/managed-by": "kubespawner",
                "app.kubernetes.io/name": "jupyterhub",
                "app": "jupyterhub",
                "component": "singleuser-server",
                "heritage": "jupyterhub",
                "hub.jupyter.org/servername": "lab",
                "hub.jupyter.org/username": "alice",
                "onyxia-hub/owner": "alice",
                "onyxia-hub/profile": "full",
            },
        },
        "spec": {
            "restartPolicy": "OnFailure",
            "imagePullSecrets": [],
            "nodeSelector": {"gpu": "a100"},
            "tolerations": [
                {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
            ],
            "securityContext": {"fsGroup": 100},
            "serviceAccountName": "onyxia-view",
            "automountServiceAccountToken": True,
            "enableServiceLinks": False,
            "volumes": [
                {
                    "name": "onyxia-credentials",
                    "secret": {
                        "secretName": "onyxia-alice--lab-credentials",
                        "defaultMode": 0o440,
                        "items": [
                            {"key": "file.expiry", "path": "expiry"},
                            {"key": "file.init.sh", "path": "init.sh"},
                            {"key": "file.onyxia", "path": "bin/onyxia", "mode": 0o550},
                            {"key": "file.s3-credentials.json", "path": "s3-credentials.json"},
                            {"key": "file.start.sh", "path": "start.sh"},
                        ],
                    },
                },
                {"name": "onyxia-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
                {
                    "name": "onyxia-work",
                    "persistentVolumeClaim": {"claimName": "service-alice--lab"},
                },
            ],
        },
    }
    assert container == {
        "name": "notebook",
        "image": "registry.example.org/tiny:1",
        "imagePullPolicy": "IfNotPresent",
        "lifecycle": {},
        "command": [
            "sh",
            "/var/run/onyxia/start.sh",
            "tiny-server",
            str(api_server.pod_port),
            "$(JUPYTERHUB_SERVICE_PREFIX)",
        ],
        "ports": [{"name": "notebook-port", "containerPort": api_server.pod_port}],
        "resources": {
            "requests": {"cpu": 0.5, "memory": 1024**3},
            "limits": {"cpu": 2.0, "memory": 8 * 1024**3, "nvidia.com/gpu": "2"},
        },
        "securityContext": {
            "runAsUser": 1000,
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "startupProbe": {
            "httpGet": {
                "path": "/user/alice/lab/health",
                "port": api_server.pod_port,
                "scheme": "HTTP",
            },
            "periodSeconds": 1,
            "timeoutSeconds": 1,
            "failureThreshold": 60,
        },
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [
            {"name": "onyxia-credentials", "mountPath": "/var/run/onyxia", "readOnly": True},
            {"name": "onyxia-shm", "mountPath": "/dev/shm"},
            {"name": "onyxia-work", "mountPath": "/home/onyxia/work"},
        ],
    }
    assert {name for name, item in env.items() if "valueFrom" in item} == {
        "API_KEY",
        "AWS_ENDPOINT_URL",
        "GIT_REPOSITORY",
        "IMAGE_NAME",
        "JPY_API_TOKEN",
        "JUPYTERHUB_API_TOKEN",
        "ROOT_PROJECT_DIRECTORY",
        "SITE_TOKEN",
        "VAULT_TOKEN",
    }
    assert env["API_KEY"] == reference("API_KEY")
    assert env["JUPYTERHUB_API_TOKEN"] == reference("JUPYTERHUB_API_TOKEN")
    # The kubelet reads $$ as $, so this is the profile's own text.
    assert env["GREETING"]["value"] == "hello {you} $$(HOME)"
    assert env["JUPYTERHUB_SERVICE_PREFIX"]["value"] == "/user/alice/lab/"
    assert env["JUPYTERHUB_DEFAULT_URL"]["value"] == "/tree"
    assert env["KUBERNETES_POD_NAME"]["value"] == "onyxia-alice--lab"
    assert env["KUBERNETES_NAMESPACE"]["value"] == "user-alice"
    minted = spawner.launch.minted_at.isoformat(timespec="seconds")
    assert annotations["onyxia-hub/minted-at"] == minted
    assert {key for key in annotations if key.startswith("onyxia-hub/")} == {
        "onyxia-hub/minted-at",
        "onyxia-hub/expires-at-s3",
        "onyxia-hub/expires-at-vault",
    }


async def test_no_secret_is_anywhere_in_the_pod(make):
    spawner = make(CHOICES)
    await spawner.load_user_options()
    text = json.dumps(await pod_of(spawner))
    assert [secret for secret in SECRETS if secret in text] == []
    # All of them are in the Secret, so the search can find them.
    secret = json.dumps(spawner.get_service_secret_manifest())
    assert [secret_value for secret_value in SECRETS if secret_value not in secret] == []


async def test_the_whole_secret(make):
    spawner = make(CHOICES)
    await spawner.load_user_options()
    secret = spawner.get_service_secret_manifest()
    annotations = secret["metadata"].pop("annotations")
    assert annotations["onyxia-hub/minted-at"].endswith("+00:00")
    assert secret == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "metadata": {
            "name": "onyxia-alice--lab-credentials",
            "labels": {
                "app.kubernetes.io/managed-by": "kubespawner",
                "app.kubernetes.io/name": "jupyterhub",
                "app": "jupyterhub",
                "component": "singleuser-server",
                "heritage": "jupyterhub",
                "hub.jupyter.org/username": "alice",
                "onyxia-hub/owner": "alice",
                "onyxia-hub/profile": "full",
            },
        },
        "stringData": {
            "env.API_KEY": "typed by the user {with} {braces} $(HOME)",
            "env.AWS_ENDPOINT_URL": "http://127.0.0.1:8333",
            "env.GIT_REPOSITORY": "https://example.org/course.git",
            "env.IMAGE_NAME": "registry.example.org/tiny:1",
            "env.JPY_API_TOKEN": "hub-token-of-the-service",
            "env.JUPYTERHUB_API_TOKEN": "hub-token-of-the-service",
            "env.ROOT_PROJECT_DIRECTORY": "/home/onyxia/work",
            "env.SITE_TOKEN": "site-secret",
            "env.VAULT_TOKEN": "hvs.SECRET-OF-VAULT",
            "file.expiry": expiry_text(spawner.launch.expires_at),
            "file.onyxia": command_script(),
            "file.init.sh": "export X=secret-in-the-script\n",
            "file.s3-credentials.json": '{"SecretAccessKey": "SECRET-OF-S3"}',
            "file.start.sh": start_script(),
        },
    }


async def test_a_service_may_have_less_of_a_role_than_its_profile(make):
    spawner = make(CHOICES | {"kubernetes_role": "none"})
    await spawner.load_user_options()
    await spawner.prepare_launch()
    pod = await pod_of(spawner)
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod["spec"]


@pytest.mark.parametrize("shape", [list, lambda own: {"b": own[1], "a": own[0]}])
async def test_a_profile_is_held_to_the_sites_nodes_on_top_of_its_own(make, shape):
    own = [{"key": "dedicated", "operator": "Exists"}, {"key": "spot", "operator": "Exists"}]
    site = {"node_selector": {"pool": "services", "gpu": "any"}, "tolerations": shape(own)}
    spawner = make(CHOICES, **site, priority_class_name="services")
    # The second launch starts from the site's own values too.
    for _ in range(2):
        await spawner.load_user_options()
        spec = (await pod_of(spawner))["spec"]
        spawner.clear_state()

        assert spec["nodeSelector"] == {"pool": "services", "gpu": "a100"}
        gpu = {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}
        assert spec["tolerations"] == [*own, gpu]
        assert spec["priorityClassName"] == "services"


async def test_the_next_launch_keeps_nothing_of_the_last_one(make):
    spawner = make(CHOICES)
    await spawner.load_user_options()
    assert spawner.storage_capacity == "20Gi"
    spawner.clear_state()
    spawner.user_options = {"profile": "tiny"}
    await spawner.load_user_options()
    pod = await pod_of(spawner)
    assert "nodeSelector" not in pod["spec"]
    assert "tolerations" not in pod["spec"]
    assert pod["spec"]["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod["spec"]
    assert pod["spec"]["containers"][0]["resources"]["limits"] == {
        "cpu": 2.0,
        "memory": 4 * 1024**3,
    }
    assert [volume["name"] for volume in pod["spec"]["volumes"]] == ["onyxia-credentials"]
    assert spawner.storage_pvc_ensure is False
    assert spawner.environment == {"SITE_TOKEN": "site-secret", "GREETING": "hello {{you}} $(HOME)"}
