"""PersistentVolumeClaims: what outlives a service.

The requests are those of the API server's reference (core/v1, PersistentVolumeClaim).
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

__all__ = ["Claims"]

_NOT_FOUND = 404
_CONFLICT = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The claims in one namespace.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    namespace
        Where they are.
    timeout
        Limit of each request in seconds.
    """

    api: Any = field(repr=False)
    namespace: str
    timeout: float

    @classmethod
    def of(cls, spawner: Any) -> Claims:
        """Return the claims beside a spawner's pod."""
        return cls(
            api=spawner.api, namespace=spawner.namespace, timeout=spawner.k8s_api_request_timeout
        )

    async def ensure(self, manifest: Any) -> bool | None:
        """Make a claim unless it is there.

        It is looked for first: the quota would refuse one more before its name is looked at.

        Parameters
        ----------
        manifest
            A ``V1PersistentVolumeClaim``.

        Returns
        -------
        bool or None
            Whether it is new. ``None`` if that must be asked again: an older one of this name is
            on its way out, and a pod that named it would never start.

        Raises
        ------
        kubernetes_asyncio.client.exceptions.ApiException, TimeoutError, aiohttp.ClientError
            If it can't be made.
        """
        there = await self._read(manifest.metadata.name)
        if there is not None:
            return False if there.metadata.deletion_timestamp is None else None
        try:
            async with asyncio.timeout(self.timeout):
                await self.api.create_namespaced_persistent_volume_claim(self.namespace, manifest)
        except ApiException as error:
            if error.status != _CONFLICT:
                raise
            return None
        return True

    async def _read(self, name: str) -> Any:
        try:
            async with asyncio.timeout(self.timeout):
                return await self.api.read_namespaced_persistent_volume_claim(name, self.namespace)
        except ApiException as error:
            if error.status != _NOT_FOUND:
                raise
            return None

    async def delete(self, name: str) -> None:
        """Delete a claim, and with it what is on its volume; none of that name is fine.

        Parameters
        ----------
        name
            The claim.

        Raises
        ------
        kubernetes_asyncio.client.exceptions.ApiException, TimeoutError, aiohttp.ClientError
            If it can't be deleted.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self.api.delete_namespaced_persistent_volume_claim(name, self.namespace)
        except ApiException as error:
            if error.status != _NOT_FOUND:
                raise
