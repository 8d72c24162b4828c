"""A stand-in of the Kubernetes API server: real HTTP, and only what KubeSpawner asks for.

It keeps objects in memory, starts every pod at once, and notes each request. It checks nothing that
Kubernetes checks; the proof on a real cluster is a test of its own.
"""

from __future__ import annotations

import asyncio
import base64
import copy
import json
from typing import Any

from aiohttp import web


class ApiServer:
    """Serves namespaces and what is in them, nodes, and the events that a test makes.

    Attributes
    ----------
    requests
        Method and path of every request but lists and watches, in order.
    bodies
        Method and path to the last body and its content type.
    refuse
        Method and kind, for example ``("POST", "pods")``, to an HTTP status to answer; 0 ends the
        connection without an answer.
    status
        HTTP status to the ``reason`` and ``message`` that a refusal gives with it.
    slow
        Method and kind to seconds; each request takes the first of them, does what it is asked,
        and only then answers.
    start_pods
        Whether a new pod runs at once.
    mute
        Whether the watches tell nothing.
    pod_port
        Where every pod's program answers, whatever it is asked.
    """

    def __init__(self) -> None:
        self.requests: list[tuple[str, str]] = []
        self.bodies: dict[tuple[str, str], tuple[Any, str]] = {}
        self.refuse: dict[tuple[str, str], int] = {}
        self.status: dict[int, tuple[str, str]] = {}
        self.slow: dict[tuple[str, str], list[float]] = {}
        self.start_pods = True
        self.mute = False
        self.objects: dict[str, dict[str, Any]] = {}
        self._watchers: set[tuple[str, asyncio.Queue[Any]]] = set()
        self._deleted: list[tuple[str, dict[str, Any]]] = []
        self._version = 0
        self._runner: web.AppRunner | None = None
        self._pods: web.AppRunner | None = None
        self.url = ""
        self.pod_port = 0

    async def start(self) -> None:
        """Listen on a free loopback port."""
        app = web.Application()
        app.router.add_route("*", "/api/v1/{path:.*}", self._answer)
        app.router.add_route("*", "/apis/{group}/v1/{path:.*}", self._answer)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0]
        self.url = f"http://{host}:{port}"
        program = web.Application()
        program.router.add_route("*", "/{path:.*}", _hello)
        self._pods = web.AppRunner(program, shutdown_timeout=0.1)
        await self._pods.setup()
        await web.TCPSite(self._pods, "127.0.0.1", 0).start()
        self.pod_port = self._pods.addresses[0][1]

    async def stop(self) -> None:
        """End all watches and stop listening."""
        for _, queue in self._watchers:
            queue.put_nowait(None)
        for runner in (self._runner, self._pods):
            if runner is not None:
                await runner.cleanup()

    async def end_programs(self) -> None:
        """Let no pod's program answer any more."""
        assert self._pods is not None
        await self._pods.cleanup()

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        """Return an object by kind and name, in whatever namespace."""
        for path, item in self.objects.items():
            if path.endswith(f"/{kind}/{name}"):
                return item
        return None

    def end_pod(self, name: str, exit_code: int) -> None:
        """Let the program of a pod end by itself."""
        pod = self.get("pods", name)
        assert pod is not None
        self._version += 1
        pod["metadata"]["resourceVersion"] = str(self._version)
        pod["status"]["phase"] = "Failed" if exit_code else "Succeeded"
        [container] = pod["status"]["containerStatuses"]
        container |= {"ready": False, "state": {"terminated": {"exitCode": exit_code}}}
        self._tell("pods", "MODIFIED", pod)

    def say(self, pod: str, kind: str, message: str) -> None:
        """Make an event about a pod, ``Normal`` or ``Warning``."""
        event = {
            "metadata": {"name": f"{pod}.{self._version}"},
            "involvedObject": {"kind": "Pod", "name": pod},
            "type": kind,
            "message": message,
            "lastTimestamp": f"2030-01-01T00:{self._version:02}:00Z",
        }
        parts = ["namespaces", "events-of-a-test", "events"]
        self._create("/".join(parts), "events", event, parts)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        parts = request.match_info["path"].split("/")
        named = parts[0] == "namespaces" and len(parts) > 2
        kind = parts[2] if named else parts[0]
        name = parts[3] if named and len(parts) > 3 else None
        if request.method == "GET" and name is None:
            return await self._list(request, kind)
        body = await request.json() if request.can_read_body else None
        note = (request.method, request.match_info["path"])
        self.requests.append(note)
        self.bodies[note] = (body, request.content_type)
        if refusal := self._refusal(request, kind):
            return refusal
        answer = self._do(request, kind, body, parts)
        if delays := self.slow.get((request.method, kind)):
            await asyncio.sleep(delays.pop(0))
        return answer

    def _refusal(self, request: web.Request, kind: str) -> web.Response | None:
        status = self.refuse.get((request.method, kind))
        if status is None:
            return None
        if status == 0:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return _failure(status, *self.status.get(status, ("Refused", "refused by the test")))

    def _do(self, request: web.Request, kind: str, body: Any, parts: list[str]) -> web.Response:
        path = request.match_info["path"]
        if request.method == "POST":
            return self._create(path, kind, body, parts)
        if request.content_type == "application/apply-patch+yaml":
            # Server-side apply makes what is not there.
            self.objects[path] = self._stored(kind, body, parts)
            return web.json_response(self.objects[path])
        if path not in self.objects:
            return _failure(404, "NotFound")
        if request.method == "DELETE":
            wanted = ((body or {}).get("preconditions")) or {}
            metadata = self.objects[path]["metadata"]
            if any(metadata.get(key) != value for key, value in wanted.items()):
                return _failure(409, "Conflict")
            return self._delete(path, kind)
        if request.method == "PUT":
            self.objects[path] = self._stored(kind, body, parts)
        elif request.method == "PATCH":
            self._merge(self.objects[path], body)
        return web.json_response(self.objects[path])

    def _merge(self, item: dict[str, Any], patch: Any) -> None:
        metadata = dict(patch["metadata"])
        annotations = metadata.pop("annotations", {})
        item["metadata"] |= metadata
        item["metadata"]["annotations"] = item["metadata"].get("annotations", {}) | annotations
        if "stringData" in patch:
            item["data"] |= _encoded(patch["stringData"])

    def _create(self, path: str, kind: str, body: Any, parts: list[str]) -> web.Response:
        where = f"{path}/{body['metadata']['name']}"
        if where in self.objects:
            return _failure(409, "AlreadyExists")
        self.objects[where] = self._stored(kind, body, parts)
        self._tell(kind, "ADDED", self.objects[where])
        return web.json_response(self.objects[where], status=201)

    def _delete(self, path: str, kind: str) -> web.Response:
        gone = self.objects.pop(path)
        self._version += 1
        gone["metadata"]["resourceVersion"] = str(self._version)
        self._deleted.append((kind, gone))
        self._tell(kind, "DELETED", gone)
        uid = gone["metadata"]["uid"]
        for other, item in list(self.objects.items()):
            if any(o["uid"] == uid for o in item["metadata"].get("ownerReferences", ())):
                del self.objects[other]
        return web.json_response({"kind": "Status", "status": "Success"})

    def _stored(self, kind: str, body: Any, parts: list[str]) -> dict[str, Any]:
        self._version += 1
        item = copy.deepcopy(body)
        item["metadata"] |= {
            "uid": f"uid-{self._version}",
            "resourceVersion": str(self._version),
            "namespace": parts[1] if len(parts) > 2 else "",
        }
        if kind == "secrets":
            item["data"] = item.get("data", {}) | _encoded(item.pop("stringData", {}))
        if kind == "pods":
            running = self.start_pods
            container = item["spec"]["containers"][0]
            status = {
                "name": container["name"],
                "image": container["image"],
                "imageID": "",
                "ready": running,
                "restartCount": 0,
                "state": {"running": {}},
            }
            item["status"] = {
                "phase": "Running" if running else "Pending",
                "podIP": "127.0.0.1" if running else None,
                "containerStatuses": [status],
            }
        return item

    def _tell(self, kind: str, what: str, item: dict[str, Any]) -> None:
        for watched, queue in self._watchers:
            if watched == kind and not self.mute:
                queue.put_nowait({"type": what, "object": copy.deepcopy(item)})

    async def _list(self, request: web.Request, kind: str) -> web.StreamResponse:
        if "watch" in request.query:
            return await self._watch(request, kind)
        within = request.match_info["path"].removesuffix(kind)
        labels = dict(
            label.split("=") for label in request.query.get("labelSelector", "").split(",") if label
        )
        items = [
            item
            for path, item in self.objects.items()
            if f"/{kind}/" in f"/{path}"
            and path.startswith(within)
            and labels.items() <= item["metadata"].get("labels", {}).items()
        ]
        return web.json_response(
            {"items": items, "metadata": {"resourceVersion": str(self._version)}}
        )

    async def _watch(self, request: web.Request, kind: str) -> web.StreamResponse:
        queue: asyncio.Queue[Any] = asyncio.Queue()
        # What changed between the list and the watch must not be lost.
        since = int(request.query.get("resourceVersion", "0"))
        here = [(path.split("/")[-2], item) for path, item in self.objects.items()]
        for what, items in (("DELETED", self._deleted), ("ADDED", here)):
            for its_kind, item in items:
                if its_kind == kind and int(item["metadata"]["resourceVersion"]) > since:
                    queue.put_nowait({"type": what, "object": copy.deepcopy(item)})
        watcher = (kind, queue)
        self._watchers.add(watcher)
        response = web.StreamResponse()
        response.content_type = "application/json"
        await response.prepare(request)
        try:
            while (event := await queue.get()) is not None:
                await response.write(json.dumps(event).encode() + b"\n")
        except ConnectionError:
            pass
        finally:
            self._watchers.discard(watcher)
        return response


async def _hello(request: web.Request) -> web.Response:
    return web.Response(text="hello")


def _encoded(texts: dict[str, str]) -> dict[str, str]:
    return {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}


def _failure(status: int, reason: str, message: str = "") -> web.Response:
    answer = {"kind": "Status", "status": "Failure", "reason": reason}
    return web.json_response(answer | {"message": message or reason}, status=status)
