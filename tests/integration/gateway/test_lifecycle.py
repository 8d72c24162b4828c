"""A gateway starts, stays small, outlives the hub's absence, and ends in order."""

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import aiohttp
import psutil
import pytest
import requests

from onyxia_hub.gateway.config import CONFIG_VARIABLE, GatewayConfig
from tests.support import gateway_program
from tests.support.ports import free_port

PROGRAM = (sys.executable, "-P", gateway_program.__file__, "{port}", "/")
HUB = {
    "JUPYTERHUB_API_URL": "http://127.0.0.1:9/hub/api",
    "JUPYTERHUB_API_TOKEN": "secret-of-the-service",
    "JUPYTERHUB_SERVICE_PREFIX": "/user/alice/x/",
    "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-alice-x",
    "JUPYTERHUB_OAUTH_ACCESS_SCOPES": '["access:servers!server=alice/x"]',
    "JUPYTERHUB_USER": "alice",
}


def run(*arguments, port=None, **env):
    config = GatewayConfig(display_name="X", host="127.0.0.1", port=port or free_port())
    return subprocess.run(
        [sys.executable, "-m", "onyxia_hub.gateway", *arguments],
        env={**os.environ, **HUB, CONFIG_VARIABLE: config.to_json(), **env},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_gateway_takes_no_more_than_sixty_megabytes(hub, alice):
    service = hub.launch("alice", "memory")
    status = Path(f"/proc/{service.gateway.pid}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1])
    assert peak * 1024 <= 60_000_000, f"{peak} KiB"


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        ((), {CONFIG_VARIABLE: "{"}, CONFIG_VARIABLE),
        ((), {"JUPYTERHUB_API_TOKEN": ""}, "JUPYTERHUB_API_TOKEN is not set"),
        ((), {"JUPYTERHUB_OAUTH_ACCESS_SCOPES": "[]"}, "JUPYTERHUB_OAUTH_ACCESS_SCOPES"),
        (("sleep", "5"), {}, "usage:"),
        (("--",), {}, "usage:"),
    ],
)
def test_a_gateway_that_cannot_start_says_why_in_one_line(arguments, env, says):
    done = run(*arguments, **env)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "secret-of" not in done.stderr


def test_a_port_that_is_taken_is_told():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run(port=taken.getsockname()[1])
    assert done.returncode == 1
    assert "in use" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(("end", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_the_gateway_ends_with_its_program_and_with_its_code(end, code):
    assert run("--", "sh", "-c", end).returncode == code


def test_a_program_that_is_not_there_is_told():
    done = run("--", "/nowhere/to-be-found")
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) <= 2
    assert "Traceback" not in done.stderr


def test_a_gateway_ends_its_program(hub, alice, as_alice):
    service = hub.launch("alice", "child", command=PROGRAM)
    hub.until(
        lambda: (
            requests.get(f"{service.direct}seen", headers=as_alice, timeout=10).status_code == 200
        )
    )
    gateway = service.gateway
    children = gateway.children(recursive=True)
    assert children
    gateway.send_signal(signal.SIGTERM)
    _, left = psutil.wait_procs([gateway, *children], timeout=15)
    assert not left


def test_probes_need_no_login_and_the_status_does(hub, alice, as_alice):
    service = hub.launch("alice", "probed", health_path="/knocks")
    health, status = f"{service.direct}_gateway/health", f"{service.direct}_gateway/status"

    def code(url, **headers):
        return requests.get(url, headers=headers, timeout=10).status_code

    hub.until(lambda: code(health) == 200, seconds=10)
    assert requests.get(health, timeout=10).json() == {"ready": True}
    assert code(status) == 401
    assert code(status, **as_alice) == 200
    assert requests.post(health, timeout=10).status_code == 405
    assert code(f"{service.direct}_gateway/other") == 401


def test_requests_under_way_are_finished_and_websockets_told(hub, alice, as_alice):
    service = hub.launch("alice", "end")
    found = {}

    def slow():
        answer = requests.get(f"{service.direct}slow?seconds=2", headers=as_alice, timeout=20)
        found["slow"] = answer.text

    async def listen():
        async with (
            aiohttp.ClientSession(headers=as_alice) as session,
            session.ws_connect(f"ws{service.direct.removeprefix('http')}ws") as ws,
        ):
            found["open"] = True
            message = await ws.receive(timeout=20)
            found["code"] = message.data

    threads = [threading.Thread(target=slow), threading.Thread(target=asyncio.run, args=[listen()])]
    for thread in threads:
        thread.start()
    hub.until(lambda: "open" in found)
    time.sleep(0.5)
    gateway = service.gateway
    gateway.send_signal(signal.SIGTERM)
    for thread in threads:
        thread.join(20)
    assert found == {"open": True, "code": 1001, "slow": "at last"}
    psutil.wait_procs([gateway], timeout=10)
    assert not gateway.is_running()


def test_a_stream_does_not_hold_up_the_end(hub, alice, as_alice):
    service = hub.launch("alice", "stream")
    stream = requests.get(f"{service.direct}events", headers=as_alice, timeout=20, stream=True)
    gateway = service.gateway
    gateway.send_signal(signal.SIGTERM)
    assert not psutil.wait_procs([gateway], timeout=10)[1]
    with pytest.raises(requests.RequestException):
        stream.content  # noqa: B018  # reads the rest


def test_without_the_hub_people_stay_in_and_others_are_told(hub, alice, as_alice):
    service = hub.launch("alice", "lonely")
    address = f"{service.direct}seen"
    assert requests.get(address, headers=as_alice, timeout=10).status_code == 200
    hub.process.send_signal(signal.SIGSTOP)
    try:
        # Longer than the hub's answer counts.
        until = time.monotonic() + 35
        while time.monotonic() < until:
            answer = requests.get(address, headers=as_alice, timeout=15)
            assert answer.status_code == 200
            time.sleep(3)
        other = requests.get(address, headers={"Authorization": "token unknown"}, timeout=15)
        assert other.status_code == 503
        assert json.loads(other.text)["message"].startswith("The hub does not answer")
        assert other.headers["Retry-After"]
    finally:
        hub.process.send_signal(signal.SIGCONT)
    hub.until(
        lambda: (
            requests.get(
                address, headers={"Authorization": "token unknown"}, timeout=15
            ).status_code
            == 401
        )
    )
    assert requests.get(address, headers=as_alice, timeout=15).status_code == 200
