"""Run code in a service's kernel as JupyterLab does: REST to start it, a websocket to talk."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Self

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.support.own_loop import in_own_loop


class CodeFailed(AssertionError):
    """The code raised; the text is the kernel's traceback."""


@dataclass(frozen=True)
class Kernel:
    """A kernel that runs, and keeps its variables between two pieces of code.

    Parameters
    ----------
    address
        Of the kernel, as the REST API has it.
    token
        A JupyterHub token that may use the service.
    """

    address: str
    token: str

    @classmethod
    def start(cls, service_url: str, token: str, *, name: str = "") -> Self:
        """Start a kernel; without a name the service's default."""
        answer = requests.post(
            f"{service_url}/api/kernels",
            headers={"Authorization": f"token {token}"},
            json={"name": name} if name else {},
            timeout=60,
        )
        answer.raise_for_status()
        return cls(f"{service_url}/api/kernels/{answer.json()['id']}", token)

    def run(self, code: str, *, timeout: float = 120) -> str:
        """Run code and return what it printed.

        Raises
        ------
        CodeFailed
            If the code raised an exception.
        """
        return str(in_own_loop(_talk(self.address, self._headers, code), timeout))

    def end(self) -> None:
        """End it."""
        requests.delete(self.address, headers=self._headers, timeout=60)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}


def run_code(
    service_url: str, token: str, code: str, *, timeout: float = 120, kernel_name: str = ""
) -> str:
    """Run code in a fresh kernel and return what it printed.

    Parameters
    ----------
    service_url
        Address of the running service, for example ``http://127.0.0.1:8000/user/alice``.
    token
        A JupyterHub token that may use the service.
    code
        Source in the kernel's language.
    timeout
        Seconds until it must be done.
    kernel_name
        Which kernel; empty for the service's default.

    Raises
    ------
    CodeFailed
        If the code raised an exception.
    """
    kernel = Kernel.start(service_url, token, name=kernel_name)
    try:
        return kernel.run(code, timeout=timeout)
    finally:
        kernel.end()


async def _talk(kernel: str, headers: dict[str, str], code: str) -> str:
    url = kernel.replace("http", "ws", 1) + "/channels"
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    request = uuid.uuid4().hex
    await socket.write_message(
        json.dumps(
            {
                "header": {"msg_id": request, "msg_type": "execute_request", "version": "5.3"},
                "parent_header": {},
                "metadata": {},
                "channel": "shell",
                "content": {"code": code, "silent": False, "stop_on_error": True},
            }
        )
    )
    printed = []
    try:
        while True:
            text = await socket.read_message()
            assert text is not None, "the kernel closed the connection"
            message = json.loads(text)
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            match message["msg_type"]:
                case "stream":
                    printed.append(content["text"])
                case "error":
                    raise CodeFailed("\n".join(content["traceback"]))
                case "status" if content["execution_state"] == "idle":
                    return "".join(printed)
    finally:
        socket.close()
        # The connection is only gone once the other side has said so too.
        while await socket.read_message() is not None:
            pass
