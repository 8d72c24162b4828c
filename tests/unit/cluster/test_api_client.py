"""The client of the API server, against a real HTTP server."""

from __future__ import annotations

import pytest
from kubernetes_asyncio import client
from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.api_client import answering_in_json, ask_for_no_proxy
from tests.support.answering_server import Answer, AnsweringServer

JSON = {"Content-Type": "application/json"}
SECRET = Answer(201, '{"kind": "Secret", "metadata": {"name": "s", "uid": "1-2-3"}}', JSON)


def api_at(address):
    return client.CoreV1Api(client.ApiClient(client.Configuration(host=address)))


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


async def test_an_answer_in_json_is_what_the_server_said():
    with AnsweringServer(SECRET) as server:
        api = api_at(server.address)
        async with api.api_client:
            made = await answering_in_json(api).create_namespaced_secret("n", {"kind": "Secret"})

            assert made["metadata"]["uid"] == "1-2-3"
            assert (await api.create_namespaced_secret("n", {})).metadata.uid == "1-2-3"
            assert answering_in_json(api) is answering_in_json(api)


async def test_a_refusal_is_one_in_json_too():
    with AnsweringServer(Answer(403, '{"message": "no"}', JSON)) as server:
        api = api_at(server.address)
        async with api.api_client:
            with pytest.raises(ApiException) as refused:
                await answering_in_json(api).create_namespaced_secret("n", {})

    assert (refused.value.status, refused.value.body) == (403, '{"message": "no"}')


async def test_without_a_proxy_nobody_looks_for_one(monkeypatch):
    with AnsweringServer(SECRET) as server:
        api = api_at(server.address)
        async with api.api_client:
            ask_for_no_proxy(api.api_client)
            ask_for_no_proxy(api.api_client)
            # Too late for this client, which would find nobody there.
            monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

            assert (await api.create_namespaced_secret("n", {})).metadata.name == "s"


async def test_the_proxy_of_the_environment_is_asked(monkeypatch):
    with AnsweringServer(SECRET) as proxy:
        monkeypatch.setenv("http_proxy", proxy.address)
        api = api_at("http://kubernetes.invalid")
        async with api.api_client:
            ask_for_no_proxy(api.api_client)

            await api.create_namespaced_secret("n", {})

        assert proxy.questions[0].path.startswith("http://kubernetes.invalid/")


async def test_a_server_that_the_environment_excepts_is_asked_directly(monkeypatch):
    with AnsweringServer(SECRET) as server:
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        api = api_at(server.address)
        async with api.api_client:
            ask_for_no_proxy(api.api_client)

            assert not api.api_client.rest_client.pool_manager.trust_env
            assert (await api.create_namespaced_secret("n", {})).metadata.name == "s"
