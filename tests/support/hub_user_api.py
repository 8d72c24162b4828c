"""A stand-in for the hub's ``GET /hub/api/user``, to be told who owns which token, or to be away.

A real hub answers in the integration tests; here it has to be broken on purpose, and counted.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from aiohttp import web


class HubUserApi:
    """Serves on a port of its own."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.status = 200
        self._runner: web.AppRunner | None = None
        self.url = ""

    def knows(self, token: str, name: str, *scopes: str) -> None:
        """Give somebody a token."""
        self.people[token] = {"name": name, "kind": "user", "scopes": list(scopes)}

    async def _answer(self, request: web.Request) -> web.Response:
        token = request.headers["Authorization"].split()[1]
        self.asked.append(token)
        if self.status != 200:
            return web.Response(status=self.status, text="a page of some proxy")
        if token not in self.people:
            return web.json_response({"message": "no"}, status=403)
        return web.json_response(self.people[token])

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/hub/api/user", self._answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/hub/api"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
