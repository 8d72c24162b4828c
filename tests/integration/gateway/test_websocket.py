"""Websockets through a running gateway."""

import asyncio
import os

import aiohttp
import pytest
import requests

MIB = 1024 * 1024


@pytest.fixture
async def client(alice):
    headers = {"Authorization": f"token {alice}"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield session


def address(service, query=""):
    return f"ws{service.url.removeprefix('http')}ws{query}"


async def test_text_and_bytes_come_back_as_they_were_sent(service, client):
    async with client.ws_connect(address(service)) as ws:
        for message in ("", "é" * 100, "x" * 200_000):
            await ws.send_str(message)
            assert (await ws.receive(timeout=10)).data == message
        for size in (0, 125, 126, 65_536, 3 * MIB):
            message = os.urandom(size)
            await ws.send_bytes(message)
            assert (await ws.receive(timeout=30)).data == message


async def test_the_program_chooses_the_protocol_and_gets_no_extension(service, client):
    asked = client.ws_connect(
        address(service, "?greet"), protocols=("first", "second"), compress=15
    )
    async with asked as ws:
        assert ws.protocol == "second"
        seen = await ws.receive_json(timeout=10)
        names = {name.lower() for name, _ in seen["headers"]}
        assert "sec-websocket-extensions" not in names
        assert "authorization" not in names
        assert ws.compress == 0


async def test_close_codes_pass_both_ways(service, client, as_alice):
    async with client.ws_connect(address(service)) as ws:
        await ws.send_str("close 4001")
        message = await ws.receive(timeout=10)
        assert (message.type, message.data, message.extra) == (
            aiohttp.WSMsgType.CLOSE,
            4001,
            "as told",
        )
    async with client.ws_connect(address(service)) as ws:
        await ws.close(code=4002)

    def lost():
        return requests.get(f"{service.direct}lost", headers=as_alice, timeout=10).json()

    await asyncio.to_thread(service.hub.until, lambda: "ws 4002" in lost(), seconds=10)


async def test_a_program_that_vanishes_ends_the_connection_without_a_code(service, client):
    async with client.ws_connect(address(service)) as ws:
        await ws.send_str("vanish")
        message = await ws.receive(timeout=10)
        assert message.type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)
        assert ws.close_code == 1006


@pytest.mark.parametrize("status", [401, 403, 404, 503])
async def test_a_refusal_by_the_program_keeps_its_status(service, client, status):
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await client.ws_connect(address(service, f"?deny={status}"))
    assert caught.value.status == status


async def test_a_browser_may_connect_by_its_cookie_from_its_own_page(hub, service):
    browser = hub.browser("alice")
    hub.visit(browser, f"{service.url}seen")
    cookies = {c.name: c.value for c in browser.cookies if c.path in ("/", service.prefix)}
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    async with aiohttp.ClientSession(headers=headers) as session:
        async with session.ws_connect(address(service), origin=hub.url) as ws:
            await ws.send_str("hello")
            assert (await ws.receive(timeout=10)).data == "hello"
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await session.ws_connect(address(service), origin="http://elsewhere.example")
        assert caught.value.status == 403


async def test_a_slow_reader_holds_the_writer_back(service, client):
    async with client.ws_connect(address(service), max_msg_size=0) as ws:
        message = os.urandom(MIB)

        async def send():
            for _ in range(100):
                await ws.send_bytes(message)

        sending = asyncio.create_task(send())
        await asyncio.sleep(1)
        assert not sending.done(), "100 MiB went somewhere though nobody read an echo"
        for _ in range(100):
            assert len((await ws.receive(timeout=30)).data) == MIB
        await sending


async def test_a_revoked_right_closes_open_websockets(hub, service):
    guest = hub.person("carol")
    hub.api("POST", "shares/alice/x", json={"user": "carol"})
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"token {guest}"}) as session,
        session.ws_connect(address(service)) as ws,
    ):
        await ws.send_str("hello")
        assert (await ws.receive(timeout=10)).data == "hello"
        hub.api("PATCH", "shares/alice/x", json={"user": "carol"})
        message = await ws.receive(timeout=40)
        assert (message.type, message.data) == (aiohttp.WSMsgType.CLOSE, 1008)
