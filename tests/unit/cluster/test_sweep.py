"""What a hub sweeps up at its start, against a stand-in of the API server."""

import base64

import pytest
from kubespawner.clients import load_config, shared_client

from onyxia_hub.cluster.sweep import Sweep

MINE = {"component": "onyxia.hub"}


@pytest.fixture
def sweep(api_server):
    load_config()
    revoked = []

    async def revoke(env):
        revoked.append(dict(env))

    def sweep(alive=(), *, revoke=revoke, **more):
        return Sweep(
            api=shared_client("CoreV1Api"),
            component="onyxia.hub",
            namespace=None,
            is_alive=lambda place: place in alive,
            revoke=revoke,
            timeout=5,
            **more,
        )

    sweep.revoked = revoked
    return sweep


def put(api_server, kind, namespace, name, *, labels=MINE, token=None):
    item = {
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": dict(labels),
            "uid": name,
            "resourceVersion": "1",
        }
    }
    if kind == "secrets":
        data = base64.b64encode(token.encode()).decode()
        item["data"] = {"env.VAULT_TOKEN": data}
    api_server.objects[f"namespaces/{namespace}/{kind}/{name}"] = item


def left(api_server, kind):
    return sorted(path.split("/")[-1] for path in api_server.objects if f"/{kind}/" in path)


async def test_what_belongs_to_no_service_is_revoked_and_deleted(sweep, api_server):
    put(api_server, "pods", "user-alice", "onyxia-alice--dead")
    put(api_server, "secrets", "user-alice", "onyxia-alice--dead-credentials", token="hvs.dead")
    put(api_server, "pods", "user-bob", "onyxia-bob--alive")
    put(api_server, "secrets", "user-bob", "onyxia-bob--alive-credentials", token="hvs.alive")
    put(api_server, "secrets", "user-carol", "onyxia-carol--lone-credentials", token="hvs.lone")

    orphans = await sweep({("user-bob", "onyxia-bob--alive")}).run(["user-carol", "user-never"])

    assert orphans == 2
    assert left(api_server, "pods") == ["onyxia-bob--alive"]
    assert left(api_server, "secrets") == ["onyxia-bob--alive-credentials"]
    assert sorted(env["VAULT_TOKEN"] for env in sweep.revoked) == ["hvs.dead", "hvs.lone"]


async def test_what_is_not_this_hub_s_stays(sweep, api_server):
    other = {"component": "singleuser-server"}
    put(api_server, "pods", "user-alice", "jupyter-alice", labels=other)
    put(api_server, "secrets", "user-alice", "jupyter-alice-credentials", labels={}, token="hvs.x")
    put(api_server, "secrets", "user-alice", "registry", token="hvs.y")

    assert await sweep().run(["user-alice"]) == 0
    assert left(api_server, "pods") == ["jupyter-alice"]
    assert left(api_server, "secrets") == ["jupyter-alice-credentials", "registry"]
    assert sweep.revoked == []


async def test_a_service_that_is_launched_meanwhile_is_let_be(sweep, api_server):
    put(api_server, "pods", "user-alice", "onyxia-alice--lab")
    put(api_server, "secrets", "user-alice", "onyxia-alice--lab-credentials", token="hvs.new")
    answers = iter([False, True])
    orphans = await Sweep(
        api=shared_client("CoreV1Api"),
        component="onyxia.hub",
        namespace=None,
        is_alive=lambda place: next(answers),
        revoke=sweep().revoke,
        timeout=5,
    ).run([])

    assert orphans == 0
    assert left(api_server, "pods") == ["onyxia-alice--lab"]
    assert sweep.revoked == []


async def test_a_service_that_is_launched_while_its_predecessor_is_revoked_stays(sweep, api_server):
    put(api_server, "pods", "user-alice", "onyxia-alice--lab")
    put(api_server, "secrets", "user-alice", "onyxia-alice--lab-credentials", token="hvs.old")

    async def launched_meanwhile(env):
        for kind, name in (
            ("pods", "onyxia-alice--lab"),
            ("secrets", "onyxia-alice--lab-credentials"),
        ):
            metadata = api_server.get(kind, name)["metadata"]
            metadata["resourceVersion"] = "2"
            if kind == "pods":
                metadata["uid"] = "another"

    await sweep(revoke=launched_meanwhile).run([])

    assert left(api_server, "pods") == ["onyxia-alice--lab"]
    assert left(api_server, "secrets") == ["onyxia-alice--lab-credentials"]


async def test_a_secret_that_is_no_text_hinders_nobody(sweep, api_server, caplog):
    put(api_server, "secrets", "user-mallory", "onyxia-mallory--x-credentials", token="hvs.mine")
    data = api_server.get("secrets", "onyxia-mallory--x-credentials")["data"]
    data |= {"env.X": "/w==", "env.Y": "not base64"}
    put(api_server, "secrets", "user-bob", "onyxia-bob--x-credentials", token="hvs.bob")

    assert await sweep().run(["user-bob", "user-mallory"]) == 2
    assert left(api_server, "secrets") == []
    tokens = sorted(sweep.revoked, key=str)
    assert tokens == [{"VAULT_TOKEN": "hvs.bob"}, {"VAULT_TOKEN": "hvs.mine"}]
    assert "onyxia-mallory--x-credentials: 2 values are no text" in caplog.text


async def test_a_fault_with_one_service_does_not_end_the_sweep(sweep, api_server, caplog):
    for name in ("a", "b"):
        put(api_server, "secrets", "user-bob", f"onyxia-bob--{name}-credentials", token=name)

    async def broken(env):
        raise RuntimeError("hvs.secret in its text")

    assert await sweep(revoke=broken).run(["user-bob"]) == 0
    assert caplog.text.count("could not be swept up: RuntimeError") == 2
    assert "hvs.secret" not in caplog.text


async def test_namespaces_that_are_no_user_s_are_left_alone(sweep, api_server):
    put(api_server, "pods", "production", "onyxia-alice--lab")
    put(api_server, "secrets", "production", "onyxia-alice--lab-credentials", token="hvs.x")
    put(api_server, "pods", "user-alice", "onyxia-alice--lab")

    assert await sweep(prefix="user-").run(["production", "user-alice"]) == 1
    assert list(api_server.objects) == [
        "namespaces/production/pods/onyxia-alice--lab",
        "namespaces/production/secrets/onyxia-alice--lab-credentials",
    ]
    assert sweep.revoked == []


@pytest.mark.parametrize("status", [403, 500])
async def test_what_can_t_be_deleted_is_told_and_hinders_nothing(sweep, api_server, status, caplog):
    put(api_server, "pods", "user-alice", "onyxia-alice--dead")
    put(api_server, "secrets", "user-alice", "onyxia-alice--dead-credentials", token="hvs.dead")
    api_server.refuse["DELETE", "pods"] = status

    assert await sweep().run([]) == 1
    assert left(api_server, "secrets") == []
    assert f"user-alice/onyxia-alice--dead is left behind: HTTP {status}" in caplog.text


async def test_no_sweep_without_an_api_server(sweep, api_server, caplog):
    made = sweep()
    await api_server.stop()

    assert await made.run(["user-alice"]) == 0
    assert "can't be looked for: no connection" in caplog.text
