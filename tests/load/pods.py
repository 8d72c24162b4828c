"""One server of this machine that answers for all pods, at whose addresses nobody listens."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.load.kwok import LABEL

__all__ = ["AnsweringPods"]

# For the hub's configuration: any class of spawner, told where its pods are.
_SPAWNER = """
from {module} import {base}


class LoadSpawner({base}):
    def _get_pod_url(self, pod):
        return "http://127.0.0.1:{port}"


c.JupyterHub.spawner_class = LoadSpawner
c.LoadSpawner.node_selector = {label!r}
c.LoadSpawner.tolerations = [{{"key": "onyxia.test/kwok", "operator": "Exists"}}]
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
"""


class AnsweringPods:
    """The server, while it is entered."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Yes)

    def configuration(self, *, module: str, spawner: str) -> str:
        """Return the lines of ``jupyterhub_config.py`` that send a spawner's pods to KWOK.

        Parameters
        ----------
        module, spawner
            Where the spawner's class is, and its name.
        """
        return _SPAWNER.format(
            module=module, base=spawner, port=self._server.server_port, label=LABEL
        )

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Yes(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass
