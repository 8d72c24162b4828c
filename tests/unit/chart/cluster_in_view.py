"""A stand-in of the API server for Helm's ``lookup``: what is installed already, no more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

__all__ = ["cluster_with"]

_KINDS = {"apis/apps/v1": ("deployments", "Deployment"), "api/v1": ("secrets", "Secret")}


def _known() -> dict[str, Any]:
    """Return what Helm asks of any cluster before it looks something up."""
    v1 = {"groupVersion": "apps/v1", "version": "v1"}
    groups = [{"name": "apps", "versions": [v1], "preferredVersion": v1}]
    known: dict[str, Any] = {
        "version": {"major": "1", "minor": "34", "gitVersion": "v1.34.0"},
        "api": {"kind": "APIVersions", "versions": ["v1"]},
        "apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups},
    }
    for path, (name, kind) in _KINDS.items():
        resource = {"name": name, "kind": kind, "namespaced": True, "verbs": ["get"]}
        version = path.split("/", 1)[1]
        known[path] = {
            "kind": "APIResourceList",
            "groupVersion": version,
            "resources": [resource],
        }
    return known


@contextmanager
def cluster_with(objects: list[dict[str, Any]], folder: Path) -> Iterator[Path]:
    """Serve some objects of the namespace ``onyxia``, and yield the kubeconfig.

    Parameters
    ----------
    objects
        Deployments and Secrets.
    folder
        Where the kubeconfig is written.
    """
    content = _known()
    for item in objects:
        ((at, plural),) = ((at, n) for at, (n, kind) in _KINDS.items() if kind == item["kind"])
        content[f"{at}/namespaces/onyxia/{plural}/{item['metadata']['name']}"] = item

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = content.get(self.path.split("?")[0].strip("/"))
            absent = {"kind": "Status", "apiVersion": "v1", "status": "Failure"}
            absent |= {"reason": "NotFound", "code": 404, "message": "not found"}
            body = json.dumps(absent if found is None else found).encode()
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Write nothing: Helm's requests are nobody's news."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    cluster = {"name": "here", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}
    context = {"name": "here", "context": {"cluster": "here", "user": "me"}}
    config: dict[str, Any] = {"apiVersion": "v1", "kind": "Config", "current-context": "here"}
    config |= {"clusters": [cluster], "contexts": [context], "users": [{"name": "me", "user": {}}]}
    file = folder / "kubeconfig"
    file.write_text(json.dumps(config))
    try:
        yield file
    finally:
        server.shutdown()
        server.server_close()
