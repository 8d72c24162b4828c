"""A proxy that has lost its routes gets them back, and no other is written to."""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace

import pytest
from jupyterhub.httpclient import JupyterHubHTTPClient
from jupyterhub.objects import Hub

from onyxia_hub.culling.proxy import QuietHTTPProxy
from onyxia_hub.proxy_routes import RouteMender
from tests.support.answering_server import Answer, AnsweringServer


class Checked(QuietHTTPProxy):
    """JupyterHub's proxy, that only counts how often it was to check its routes."""

    checks = 0

    async def check_routes(self, users, services, routes=None):
        """Count."""
        self.checks += 1


@pytest.fixture
async def app():
    """A hub with the services that a test gives it, by their routes; the rest does not run."""

    def make(address, *routes):
        proxy = Checked(
            should_start=False, api_url=address, auth_token="secret", hub=Hub(base_url="/hub/")
        )
        idle = SimpleNamespace(ready=False, proxy_spec="/user/alice/idle/")
        ready = [SimpleNamespace(ready=True, proxy_spec=route) for route in routes]
        user = SimpleNamespace(spawners=dict(enumerate([idle, *ready])))
        return SimpleNamespace(proxy=proxy, users={1: user}, _service_map={})

    yield make
    await JupyterHubHTTPClient.instance().close()
    JupyterHubHTTPClient.clear_instance()


async def test_a_proxy_without_the_route_of_a_service_gets_all_routes(app, caplog):
    with AnsweringServer(Answer(404)) as api:
        hub = app(api.address, "/user/alice/l%C3%A4b/", "/user/alice/second/")
        await RouteMender(hub).look()

    [question] = api.questions
    assert (question.method, question.path) == ("GET", "/api/routes/user/alice/l%C3%A4b")
    assert question.headers["Authorization"] == "token secret"
    assert hub.proxy.checks == 1
    assert "lost its routes" in caplog.text


@pytest.mark.parametrize("status", [200, 403, 500, 503])
async def test_a_proxy_that_has_it_or_does_not_say_is_left_alone(app, status):
    with AnsweringServer(Answer(status, body="{}")) as api:
        hub = app(api.address, "/user/alice/lab/")
        await RouteMender(hub).look()

    assert hub.proxy.checks == 0


async def test_a_proxy_that_is_away_is_left_alone(app):
    with AnsweringServer(Answer()) as api:
        address = api.address
    hub = app(address, "/user/alice/lab/")

    await RouteMender(hub).look()

    assert hub.proxy.checks == 0


async def test_without_services_the_proxy_is_not_asked(app):
    with AnsweringServer(Answer(404)) as api:
        hub = app(api.address)
        await RouteMender(hub).look()

    assert api.questions == []
    assert hub.proxy.checks == 0


async def test_it_looks_again_whatever_went_wrong(app, caplog):
    often = asyncio.Event()

    class Failing(Checked):
        async def check_routes(self, users, services, routes=None):
            await super().check_routes(users, services)
            if self.checks == 3:
                often.set()
            raise RuntimeError("the proxy is away again")

    with AnsweringServer(Answer(404)) as api, caplog.at_level(logging.ERROR):
        hub = app(api.address, "/user/alice/lab/")
        hub.proxy = Failing(
            should_start=False, api_url=api.address, auth_token="secret", hub=hub.proxy.hub
        )
        task = asyncio.create_task(RouteMender(hub, every=0.01).run())
        await asyncio.wait_for(often.wait(), 10)
        task.cancel()

    assert "The proxy's routes could not be mended" in caplog.text
