"""Is the program ready, and is a kernel of it at work? A real server answers."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from onyxia_hub.gateway.config import GatewayConfig
from onyxia_hub.gateway.health import Health, address_below
from onyxia_hub.gateway.kernels import has_busy_kernel

PREFIX = "/user/alice/lab/"


@pytest.fixture
async def session():
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def serve():
    """Start a server that answers each path with what is given, as status or as JSON."""
    servers = []

    async def start(answers):
        async def answer(request):
            found = answers.get(request.path)
            if isinstance(found, int):
                return web.Response(status=found)
            return web.Response(status=404) if found is None else web.json_response(found)

        app = web.Application()
        app.router.add_get("/{rest:.*}", answer)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        await server.close()


@pytest.mark.parametrize(
    ("prefix", "asked"), [("native", "/user/alice/lab/api"), ("stripped", "/api")]
)
async def test_the_health_path_is_asked_where_the_program_serves(serve, session, prefix, asked):
    base = await serve({asked: 204})
    config = GatewayConfig(display_name="X", prefix=prefix, health_path="/api")
    health = Health(config=config, prefix=PREFIX, session=session, base=base)

    assert not health.has_answered
    assert await health.ready()
    assert health.has_answered


@pytest.mark.parametrize(
    ("answers", "status", "ready"),
    [("ok", 302, True), ("ok", 404, False), ("any", 404, True), ("any", 500, False)],
)
async def test_what_counts_as_ready(serve, session, answers, status, ready):
    base = await serve({"/": status})
    config = GatewayConfig(display_name="X", health_answers=answers)
    health = Health(config=config, prefix=PREFIX, session=session, base=base)

    assert await health.ready() is ready


async def test_a_program_that_is_away_is_not_ready_and_has_answered_before(serve, session):
    base = await serve({"/": 200})
    health = Health(
        config=GatewayConfig(display_name="X"), prefix=PREFIX, session=session, base=base
    )
    await health.ready()
    health._url = address_below(
        GatewayConfig(display_name="X"), prefix=PREFIX, base="http://127.0.0.1:9", path="/"
    )

    assert not await health.ready()
    assert health.has_answered


@pytest.mark.parametrize(
    ("kernels", "busy"),
    [
        ([], False),
        ([{"execution_state": "idle"}, {"execution_state": "starting"}], False),
        ([{"execution_state": "idle"}, {"execution_state": "busy"}], True),
        ({"message": "Forbidden"}, False),
        (["busy"], False),
        (403, False),
    ],
)
async def test_a_busy_kernel_is_found(serve, session, kernels, busy):
    base = await serve({f"{PREFIX}api/kernels": kernels})
    config = GatewayConfig(display_name="X", prefix="native")
    url = address_below(config, prefix=PREFIX, base=base, path="/api/kernels")

    assert await has_busy_kernel(session, url) is busy


async def test_a_program_that_does_not_answer_has_none(session):
    config = GatewayConfig(display_name="X")
    url = address_below(config, prefix=PREFIX, base="http://127.0.0.1:9", path="/api/kernels")

    assert await has_busy_kernel(session, url) is False
