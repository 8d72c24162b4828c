"""The few calls of OpenBao's HTTP API that setting it up takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from onyxia_hub.demo.probe import Answer, ask

__all__ = ["OpenBaoApi", "OpenBaoRefused"]


class OpenBaoRefused(OSError):
    """OpenBao did not do what it was asked; the message holds no secret."""


@dataclass(frozen=True, slots=True)
class OpenBaoApi:
    """A client of one OpenBao.

    Parameters
    ----------
    address
        Its address.
    token
        Token to act with; empty for none.
    """

    address: str
    token: str = field(default="", repr=False)

    async def health(self) -> int:
        """Return the status of ``/sys/health``; 0 if there is no answer.

        200 is active, 429 standby, 501 not initialised, 503 sealed.
        """
        return (await self._send("GET", "sys/health")).status

    async def initialise(self) -> str:
        """Initialise it and return the root token.

        With a seal that opens by itself there are no unseal keys, only recovery keys, which
        serve to make another root token. The demo does without: its data is for trying out.

        Raises
        ------
        OpenBaoRefused
            If it refuses.
        """
        body = {"recovery_shares": 1, "recovery_threshold": 1}
        return str((await self._call("PUT", "sys/init", body))["root_token"])

    async def token_works(self) -> bool:
        """Tell whether the token is accepted."""
        return (await self._send("GET", "auth/token/lookup-self")).status == 200

    async def read(self, path: str) -> dict[str, Any]:
        """Return the data at a path.

        Raises
        ------
        OpenBaoRefused
            If there is none, or the token may not read it.
        """
        return dict((await self._call("GET", path))["data"])

    async def write(self, path: str, body: object) -> None:
        """Write to a path.

        Raises
        ------
        OpenBaoRefused
            If it refuses.
        """
        await self._call("POST", path, body)

    async def _call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        answer = await self._send(method, path, body)
        if answer.status not in (200, 204):
            raise OpenBaoRefused(f"{method} {path} answered {answer.status}")
        return dict(answer.json()) if answer.body else {}

    async def _send(self, method: str, path: str, body: object = None) -> Answer:
        headers = {"X-Vault-Token": self.token} if self.token else {}
        return await ask(
            f"{self.address}/v1/{path}", method=method, body=body, headers=headers, timeout=30
        )
