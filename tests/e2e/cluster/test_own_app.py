"""An app of one's own from a Git repository, and bodies of any size through the gateway."""

from __future__ import annotations

import hashlib
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.cluster import paths
from tests.support.cluster_site import ClusterSite
from tests.support.git_server import git_server
from tests.support.hub import Person
from tests.support.own_loop import in_own_loop

SERVICE = "app"
GIB = 1024**3
_MIB = 1024**2
_BLOCK = bytes(range(256)) * 4096

APP = textwrap.dedent(
    """
    import hashlib
    import os

    from fastapi import FastAPI, Request, WebSocket
    from fastapi.responses import StreamingResponse

    app = FastAPI(root_path=os.environ["JUPYTERHUB_SERVICE_PREFIX"].rstrip("/"))
    BLOCK = bytes(range(256)) * 4096


    @app.get("/")
    def hello(request: Request):
        return {
            "hello": os.environ["JUPYTERHUB_USER"],
            "docs": str(request.url_for("swagger_ui_html")),
            "secret": os.environ["APP_SECRET"],
        }


    @app.put("/up")
    async def up(request: Request):
        size, digest = 0, hashlib.sha256()
        async for chunk in request.stream():
            size += len(chunk)
            digest.update(chunk)
        return {"size": size, "sha256": digest.hexdigest()}


    @app.get("/down")
    def down(size: int):
        blocks = (BLOCK for _ in range(size // len(BLOCK)))
        return StreamingResponse(blocks, headers={"Content-Length": str(size)})


    @app.websocket("/echo")
    async def echo(socket: WebSocket):
        await socket.accept()
        async for text in socket.iter_text():
            await socket.send_text(text)
    """
)


@pytest.fixture(scope="module")
def service(alice: Person, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A FastAPI app that lies in a repository, started by a command that its owner typed."""
    folder = tmp_path_factory.mktemp("forge")
    with git_server(folder, address=paths.NODE_ADDRESS, files={"app.py": APP}) as repository:
        answer = alice.launch(
            SERVICE,
            profile="own-app",
            git_repository=repository,
            command="APP_SECRET=known-to-alice exec uvicorn app:app --host 127.0.0.1 --port $PORT",
            port=8000,
            env={"GIT_SSL_NO_VERIFY": "true"},
        )
        assert answer.status_code in (201, 202), answer.text
        yield alice.wait_until_ready(SERVICE)
    alice.stop(SERVICE)
    alice.api("DELETE", f"users/alice/servers/{SERVICE}", json={"remove": True})


@pytest.fixture
def as_alice(alice: Person) -> dict[str, str]:
    return {"Authorization": f"token {alice.token}"}


def test_it_answers_and_knows_its_address(
    cluster: ClusterSite, alice: Person, bob: Person, service: str
) -> None:
    answer = alice.session.get(f"{service}/", timeout=30)

    assert answer.json() == {
        "hello": "alice",
        "docs": f"{service}/docs",
        "secret": "known-to-alice",
    }
    assert "X-JupyterHub-Version" in answer.headers
    assert bob.session.get(f"{service}/", timeout=30).status_code == 403
    assert requests.get(f"{service}/", timeout=30).status_code == 401


def test_its_websocket_answers(alice: Person, service: str, as_alice: dict[str, str]) -> None:
    texts = ["one", "two" * 100_000]

    async def echoed() -> list[str | bytes | None]:
        address = service.replace("http", "ws", 1) + "/echo"
        socket = await websocket_connect(HTTPRequest(address, headers=as_alice))
        found = []
        for text in texts:
            await socket.write_message(text)
            found.append(await socket.read_message())
        socket.close()
        # The connection is only gone once the other side has said so too.
        while await socket.read_message() is not None:
            pass
        return found

    assert in_own_loop(echoed(), 60) == texts


def test_the_command_is_in_no_pod(cluster: ClusterSite, alice: Person, service: str) -> None:
    pod = cluster.pod("alice", SERVICE)

    assert pod is not None
    assert "known-to-alice" not in json.dumps(pod)


def test_a_gib_goes_up_and_down_and_the_gateway_stays_small(
    service: str, as_alice: dict[str, str]
) -> None:
    gateway = gateway_of(service)
    expected = hashlib.sha256()
    for _ in range(GIB // len(_BLOCK)):
        expected.update(_BLOCK)

    sent = (_BLOCK for _ in range(GIB // len(_BLOCK)))
    answer = requests.put(f"{service}/up", data=sent, headers=as_alice, timeout=300)
    assert answer.json() == {"size": GIB, "sha256": expected.hexdigest()}

    got = hashlib.sha256()
    with requests.get(
        f"{service}/down", params={"size": GIB}, headers=as_alice, stream=True, timeout=300
    ) as answer:
        answer.raise_for_status()
        for chunk in answer.iter_content(_MIB):
            got.update(chunk)
    assert got.hexdigest() == expected.hexdigest()

    assert peak_memory(gateway) <= 60 * _MIB


def gateway_of(service: str) -> psutil.Process:
    """Return the gateway of a service: on one node, its process is this machine's."""
    prefix = service[service.index("/user/") :] + "/"
    for process in psutil.process_iter():
        try:
            if "onyxia_hub.gateway" in process.cmdline() and (
                process.environ().get("JUPYTERHUB_SERVICE_PREFIX") == prefix
            ):
                return process
        except psutil.Error:
            continue
    raise AssertionError(f"no gateway of {prefix}")


def peak_memory(process: psutil.Process) -> int:
    """Return the most memory that a process ever had, in bytes (proc(5), VmHWM)."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024
