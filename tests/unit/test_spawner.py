"""Services as pods: the manifests to the last key, and the order of requests to the API server.

The API server is a stand-in (tests/support/api_server.py); nothing here proves a real cluster.
"""

import asyncio
import base64
import json

import pytest
from jupyterhub.utils import exponential_backoff
from kubernetes_asyncio.client import ApiClient
from traitlets.config import Config

from onyxia_hub.errors import (
    InvalidOption,
    KubernetesAway,
    KubernetesRefused,
    NotReadyInTime,
    QuotaExceeded,
)
from onyxia_hub.manifests.start import start_script
from onyxia_hub.spawner import OnyxiaSpawner
from tests.support.spawning import (
    Person,
    hub,
    orm_spawner,
    s3_and_vault,
    settings,
    write_profile,
)

FULL = """\
persistence:
  size: {min: 1Gi, max: 100Gi, default: 10Gi}
  mount: /home/onyxia/work
node_selector: {gpu: a100}
tolerations:
  - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
kubernetes_role: view
"""

SECRETS = (
    "hub-token-of-the-service",
    "SECRET-OF-S3",
    "hvs.SECRET-OF-VAULT",
    "typed by the user",
    "secret-in-the-script",
    "site-secret",
)

CHOICES = {
    "profile": "full",
    "gpu": 2,
    "storage": "20Gi",
    "memory_limit": "8Gi",
    "git_repository": "https://example.org/course.git",
    "init_script": "export X=secret-in-the-script\n",
    "env": {"API_KEY": "typed by the user {with} {braces} $(HOME)"},
}


@pytest.fixture
def make(tmp_path, api_server):
    write_profile(tmp_path / "profiles")
    write_profile(tmp_path / "profiles", "full", more=FULL)
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
            orm_spawner=orm_spawner(),
            onyxia_settings=settings(tmp_path),
            providers=s3_and_vault(),
            start_timeout=60,
            **traits,
        )
        spawner.api_token = "hub-token-of-the-service"
        spawner.oauth_client_id = "jupyterhub-user-alice-lab"
        spawner.user_options = {"profile": "tiny"} if user_options is None else user_options
        return spawner

    return make


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


async def test_the_whole_pod(make):
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
            "volumes": [
                {
                    "name": "onyxia-credentials",
                    "secret": {
                        "secretName": "onyxia-alice--lab-credentials",
                        "defaultMode": 0o440,
                        "items": [
                            {"key": "file.init.sh", "path": "init.sh"},
                            {"key": "file.s3-credentials.json", "path": "s3-credentials.json"},
                            {"key": "file.start.sh", "path": "start.sh"},
                        ],
                    },
                },
                {"name": "onyxia-shm", "emptyDir": {"medium": "Memory", "sizeLimit": "2Gi"}},
                {
                    "name": "onyxia-work",
                    "persistentVolumeClaim": {"claimName": "claim-alice--lab"},
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
            "8888",
            "$(JUPYTERHUB_SERVICE_PREFIX)",
        ],
        "ports": [{"name": "notebook-port", "containerPort": 8888}],
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
            "httpGet": {"path": "/user/alice/lab/health", "port": 8888, "scheme": "HTTP"},
            "periodSeconds": 1,
            "timeoutSeconds": 1,
            "failureThreshold": 60,
        },
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
            "file.init.sh": "export X=secret-in-the-script\n",
            "file.s3-credentials.json": '{"SecretAccessKey": "SECRET-OF-S3"}',
            "file.start.sh": start_script(),
        },
    }


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


async def test_a_start_writes_the_secret_first_and_a_stop_takes_it_away(make, api_server):
    spawner = make(CHOICES)
    url = await asyncio.wait_for(spawner.start(), 20)
    assert url == "http://127.0.0.1:8888"
    secret = "namespaces/user-alice/secrets"
    pods = "namespaces/user-alice/pods"
    name = "onyxia-alice--lab"
    assert api_server.requests == [
        ("POST", "namespaces"),
        ("POST", "namespaces/user-alice/persistentvolumeclaims"),
        ("POST", secret),
        ("POST", pods),
        ("GET", f"{pods}/{name}"),
        ("PATCH", f"{secret}/{name}-credentials"),
    ]
    patch, content_type = api_server.bodies["PATCH", f"{secret}/{name}-credentials"]
    assert content_type in {
        "application/merge-patch+json",
        "application/strategic-merge-patch+json",
    }
    assert list(patch) == ["metadata"]
    stored = api_server.get("secrets", f"{name}-credentials")
    assert (
        stored["metadata"]["ownerReferences"][0]["uid"]
        == (api_server.get("pods", name)["metadata"]["uid"])
    )
    claim = api_server.get("persistentvolumeclaims", "claim-alice--lab")
    assert claim["spec"]["resources"]["requests"] == {"storage": "20Gi"}
    assert claim["spec"]["storageClassName"] == "fast"

    api_server.requests.clear()
    assert await spawner.poll() is None
    await spawner.stop()
    await spawner.run_post_stop_hook()
    assert api_server.requests == [
        ("DELETE", f"{pods}/{name}"),
        ("DELETE", f"{secret}/{name}-credentials"),
    ]
    assert api_server.get("secrets", f"{name}-credentials") is None
    assert spawner.providers[1].revoked == [
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:8333", "VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}
    ]


def writes(api_server):
    kinds = {"POST": "make", "PUT": "replace", "PATCH": "patch", "DELETE": "delete"}
    return [
        f"{kinds[method]} {path.split('/')[2]}"
        for method, path in api_server.requests
        if method in kinds and path.count("/") > 1
    ]


async def test_a_slow_answer_to_the_owner_s_patch_does_not_end_the_pod(make, api_server):
    api_server.slow["PATCH", "secrets"] = [3]
    spawner = make(k8s_api_request_timeout=1)
    await asyncio.wait_for(spawner.start(), 20)
    assert writes(api_server) == ["make secrets", "make pods", "patch secrets", "patch secrets"]
    pod = api_server.get("pods", "onyxia-alice--lab")
    secret = api_server.get("secrets", "onyxia-alice--lab-credentials")
    assert secret["metadata"]["ownerReferences"][0]["uid"] == pod["metadata"]["uid"]


@pytest.mark.parametrize(("status", "tries"), [(403, 1), (500, 4)])
async def test_a_service_whose_secret_gets_no_owner_runs_all_the_same(
    make, api_server, caplog, status, tries
):
    api_server.refuse["PATCH", "secrets"] = status
    spawner = make()
    assert await asyncio.wait_for(spawner.start(), 20) == "http://127.0.0.1:8888"
    assert writes(api_server) == ["make secrets", "make pods"] + tries * ["patch secrets"]
    messages = [record.getMessage() for record in caplog.records]
    [warning] = [message for message in messages if "has no owner" in message]
    assert "user-alice/onyxia-alice--lab-credentials" in warning

    assert await spawner.poll() is None
    await spawner.stop()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is not None
    await spawner.run_post_stop_hook()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None


async def test_a_pod_that_can_t_be_made_leaves_no_secret_and_no_token(make, api_server):
    api_server.refuse["POST", "pods"] = 403
    spawner = make()
    with pytest.raises(KubernetesRefused):
        await asyncio.wait_for(spawner.start(), 20)
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is not None
    # JupyterHub asks whether the pod runs, and calls `stop` only if it does.
    assert await spawner.poll() == 1
    await spawner.run_post_stop_hook()
    assert api_server.get("secrets", "onyxia-alice--lab-credentials") is None
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


QUOTA = (
    'pods "onyxia-alice--lab" is forbidden: exceeded quota: compute, requested: limits.memory=4Gi, '
    "used: limits.memory=30Gi, limited: limits.memory=32Gi"
)


@pytest.mark.parametrize("kind", ["pods", "secrets", "namespaces", "persistentvolumeclaims"])
async def test_a_used_up_quota_is_told_with_what_is_used_up(make, api_server, kind):
    api_server.refuse["POST", kind] = 403
    api_server.status[403] = ("Forbidden", QUOTA)
    spawner = make(CHOICES)
    with pytest.raises(QuotaExceeded) as failure:
        await asyncio.wait_for(spawner.start(), 20)
    assert failure.value.message == (
        "There is no room for this service in what Kubernetes lets you use at once "
        f"({QUOTA}). Stop a service that you no longer need, or choose less of what is used up, "
        "then launch it again."
    )
    assert failure.value.status_code == 409


@pytest.mark.parametrize("kind", ["secrets", "pods"])
@pytest.mark.parametrize(
    ("status", "said", "shown", "fix"),
    [
        (403, ("Forbidden", "limit is 4Gi"), "Forbidden: limit is 4Gi", "administrator must allow"),
        (422, ("Invalid", "data[x]: no\n key."), "Invalid: data[x]: no key", "Check your options"),
        (500, ("InternalError", "a webhook"), "InternalError: a webhook", "again in a minute"),
        (429, ("Busy", "too many requests"), "Busy: too many requests", "again in a minute"),
        (413, ("Large", 60 * "word "), f"Large: {(60 * 'word ')[:199]}…", "Check your options"),
    ],
)
async def test_a_refusal_is_told_in_kubernetes_own_words(
    make, api_server, kind, *, status, said, shown, fix
):
    api_server.refuse["POST", kind] = status
    api_server.status[status] = said
    with pytest.raises(KubernetesRefused) as failure:
        await asyncio.wait_for(make().start(), 20)
    sentence = failure.value.message
    assert sentence.startswith(f"Kubernetes, which runs the services, refused this one ({shown}). ")
    assert fix in sentence
    assert failure.value.status_code == 502


@pytest.mark.parametrize("status", [400, 403, 422, 500])
async def test_an_answer_that_quotes_the_secret_is_not_repeated(make, api_server, status, caplog):
    caplog.set_level("DEBUG", "traitlets")
    api_server.refuse["POST", "secrets"] = status
    secrets = [
        "hvs.SECRET-OF-VAULT",
        base64.b64encode(b"hvs.SECRET-OF-VAULT").decode(),
        "typed by the user {with} {braces} $(HOME)",
        "export X=secret-in-the-script",
    ]
    api_server.status[status] = ("Bad", f"is not good: {' '.join(secrets)}")
    with pytest.raises(KubernetesRefused, match=r"\(Bad") as failure:
        await asyncio.wait_for(make(CHOICES).start(), 20)
    told = failure.value.message + caplog.text + repr(failure.value.__cause__)
    assert [secret for secret in secrets if secret[:12] in told or secret[-12:] in told] == []
    assert ("is not good: …" in told) == (status != 400)


@pytest.mark.parametrize("kind", ["namespaces", "secrets", "pods"])
async def test_an_api_server_that_ends_connections_is_told(make, api_server, kind):
    api_server.refuse["POST", kind] = 0
    with pytest.raises(KubernetesAway, match=r"does not answer \(no connection") as failure:
        await asyncio.wait_for(make().start(), 20)
    assert failure.value.status_code == 503


async def test_an_api_server_that_is_away_is_told(make, api_server):
    await api_server.stop()
    spawner = make()
    with pytest.raises(KubernetesAway, match=r"does not answer \(no connection"):
        await asyncio.wait_for(spawner.start(), 20)
    await asyncio.wait_for(spawner.run_post_stop_hook(), 20)
    assert spawner.providers[1].revoked[0]["VAULT_TOKEN"] == "hvs.SECRET-OF-VAULT"


@pytest.mark.parametrize("kind", ["namespaces", "secrets"])
async def test_a_slow_api_server_is_told(make, api_server, kind):
    for method in ("POST", "PUT"):
        api_server.slow[method, kind] = [5] * 9
    spawner = make(k8s_api_request_timeout=1, k8s_api_request_retry_timeout=1)
    with pytest.raises(KubernetesAway, match=r"does not answer \(no answer in time\)"):
        await asyncio.wait_for(spawner.start(), 20)


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


async def test_a_failure_before_kubernetes_is_asked_is_not_blamed_on_it(make):
    async def broken():
        raise TimeoutError("the database")

    spawner = make()
    spawner.user.get_auth_state = broken
    with pytest.raises(TimeoutError, match="the database"):
        await asyncio.wait_for(spawner.start(), 5)


async def test_an_unknown_failure_stays_what_it_is(make):
    def hook(spawner, pod):
        raise ZeroDivisionError("the site's own hook")

    with pytest.raises(ZeroDivisionError):
        await asyncio.wait_for(make(modify_pod_hook=hook).start(), 20)


async def test_a_wrong_option_sends_nothing_to_the_cluster(make, api_server):
    spawner = make({"profile": "tiny", "cpu_limit": "100"})
    with pytest.raises(InvalidOption, match="cpu_limit"):
        await spawner.start()
    await spawner.run_post_stop_hook()
    assert api_server.requests == []
    assert spawner.providers[0].minted == []


async def test_an_old_pod_and_its_secret_give_way_to_the_new_ones(make, api_server):
    old = make()
    await asyncio.wait_for(old.start(), 20)
    first = api_server.get("pods", "onyxia-alice--lab")["metadata"]["uid"]
    spawner = make()
    spawner.providers[1].env = {"VAULT_TOKEN": "hvs.NEW"}
    await asyncio.wait_for(spawner.start(), 20)
    pod = api_server.get("pods", "onyxia-alice--lab")
    secret = api_server.get("secrets", "onyxia-alice--lab-credentials")
    assert pod["metadata"]["uid"] != first
    assert secret["metadata"]["ownerReferences"][0]["uid"] == pod["metadata"]["uid"]
    # hvs.NEW, as the API server keeps it.
    assert secret["data"]["env.VAULT_TOKEN"] == "aHZzLk5FVw=="
    assert spawner.providers[1].revoked == []


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


async def test_progress_tells_the_launch_and_then_the_pod(make):
    spawner = make()
    start = asyncio.ensure_future(spawner.start())
    told = [event async for event in spawner.progress()]
    await start
    assert [event["message"] for event in told] == [
        "Checking your options",
        "Getting S3 and Vault access",
        "Starting Tiny",
    ]
    percents = [event["progress"] for event in told]
    assert percents == sorted(percents)


async def test_a_refused_launch_ends_its_progress(make):
    spawner = make({"profile": "nothing"})
    start = asyncio.ensure_future(spawner.start())
    follower = asyncio.ensure_future(_collect(spawner.progress()))
    with pytest.raises(Exception, match="there is no profile"):
        await start
    spawner.clear_state()
    assert [event["message"] for event in await asyncio.wait_for(follower, 10)] == [
        "Checking your options"
    ]


async def _collect(events):
    return [event async for event in events]


@pytest.mark.parametrize(
    "saved",
    [
        {"profile": "gone"},
        {"profile": "tiny", "image": "gone"},
        {"profile": "tiny", "image": ["one"], "memory_limit": {}},
        {"profile": ["tiny"]},
    ],
)
@pytest.mark.parametrize("templates", [None, []])
async def test_saved_options_that_no_longer_fit_do_not_break_the_form(make, saved, templates):
    spawner = make()
    if templates is not None:
        spawner.additional_profile_form_template_paths = templates
    spawner.user_options = saved

    assert 'value="tiny"' in await spawner.get_options_form()


async def test_the_form_shows_what_the_user_may_launch_and_can_be_the_stock_one(make):
    ours = await make().get_options_form()
    assert 'id="options-tiny"' in ours
    assert "data-onyxia-launch" in ours
    stock = await make(additional_profile_form_template_paths=[]).get_options_form()
    assert "data-onyxia-launch" not in stock
    assert 'name="profile-option-tiny--memory_limit"' in stock
