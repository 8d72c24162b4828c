"""Run code in a service's kernel as JupyterLab does: REST to start it, a websocket to talk."""

from __future__ import annotations

import json
import uuid

import requests
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from tests.support.own_loop import in_own_loop


class CodeFailed(AssertionError):
    """The code raised; the text is the kernel's traceback."""


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
    headers = {"Authorization": f"token {token}"}
    wish = {"name": kernel_name} if kernel_name else {}
    answer = requests.post(f"{service_url}/api/kernels", headers=headers, json=wish, timeout=60)
    answer.raise_for_status()
    kernel = f"{service_url}/api/kernels/{answer.json()['id']}"
    try:
        return in_own_loop(_talk(kernel, headers, code), timeout)
    finally:
        requests.delete(kernel, headers=headers, timeout=60)


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
