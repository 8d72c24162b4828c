"""What a hub that ended in the middle of something has left in the cluster.

A hub that starts asks JupyterHub's database which services there are. Pods and Secrets that it made
and that belong to none of them are orphans: their credentials are revoked, then they are deleted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from onyxia_hub.cluster.refusals import API_FAILURES, cause_of
from onyxia_hub.cluster.secret import ServiceSecret
from onyxia_hub.manifests.names import pod_name_of, secret_name

__all__ = ["Place", "Sweep"]

_log = logging.getLogger(__name__)

#: Namespace and name of a service's pod.
Place = tuple[str, str]
# Requests at the same time; the API server has others to serve.
_AT_ONCE = 10
_NOT_FOUND = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One sweep.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    component
        Value of the label ``component`` on what this hub makes.
    namespace
        The one namespace of all services; ``None`` if each user has one.
    is_alive
        Tells whether a pod is that of a service which runs, starts or stops; asked again right
        before each deletion, for people go on working meanwhile.
    revoke
        What ends the credentials that were in a Secret.
    timeout
        Limit of each request in seconds.
    """

    api: Any = field(repr=False)
    component: str
    namespace: str | None
    is_alive: Callable[[Place], bool]
    revoke: Callable[[Mapping[str, str]], Awaitable[None]]
    timeout: float

    async def run(self, namespaces: Collection[str]) -> int:
        """Delete what is orphaned.

        What can't be listed or deleted is logged and left to the next start of a hub.

        Parameters
        ----------
        namespaces
            Users' namespaces in which Secrets may be left without a pod; those with pods are found.

        Returns
        -------
        int
            How many pods and lone Secrets were orphans.
        """
        pods = await self._pods()
        if pods is None:
            return 0
        looked_at = {place[0] for place in pods} | set(namespaces)
        listed = await self._each(sorted(looked_at), self._secrets)
        lone = {place for found in listed for place in found} - pods
        ended = await self._each(sorted(pods), self._end_pod)
        ended += await self._each(sorted(lone), self._end_secret)
        return sum(ended)

    async def _each(self, items: Iterable[Any], work: Callable[[Any], Awaitable[Any]]) -> list[Any]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(item: Any) -> Any:
            async with gate:
                return await work(item)

        return await asyncio.gather(*(one(item) for item in items))

    async def _pods(self) -> set[Place] | None:
        selector = f"component={self.component}"
        try:
            async with asyncio.timeout(self.timeout):
                found = (
                    await self.api.list_pod_for_all_namespaces(label_selector=selector)
                    if self.namespace is None
                    else await self.api.list_namespaced_pod(self.namespace, label_selector=selector)
                )
        except API_FAILURES as error:
            _log.warning("Orphans of an earlier hub can't be looked for: %s", cause_of(error))
            return None
        return {(pod.metadata.namespace, pod.metadata.name) for pod in found.items}

    async def _secrets(self, namespace: str) -> set[Place]:
        """Return the pods to which the Secrets in a namespace belong."""
        try:
            async with asyncio.timeout(self.timeout):
                found = await self.api.list_namespaced_secret(
                    namespace, label_selector=f"component={self.component}"
                )
        except API_FAILURES as error:
            # A user who never launched anything has no namespace, and the hub no right in it.
            if getattr(error, "status", None) not in {_NOT_FOUND, 403}:
                _log.warning("The Secrets of %s can't be listed: %s", namespace, cause_of(error))
            return set()
        names = (pod_name_of(secret.metadata.name) for secret in found.items)
        return {(namespace, name) for name in names if name is not None}

    async def _end_pod(self, place: Place) -> bool:
        if self.is_alive(place):
            return False
        _log.warning("The pod %s/%s belongs to no service: deleting it", *place)
        namespace, name = place
        secret = self._secret_of(place)
        env = await secret.read_env()
        if self.is_alive(place):
            return False
        if env:
            await self.revoke(env)
        try:
            async with asyncio.timeout(self.timeout):
                await self.api.delete_namespaced_pod(name, namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) != _NOT_FOUND:
                _log.warning("The pod %s/%s is left behind: %s", *place, cause_of(error))
        await secret.delete()
        return True

    async def _end_secret(self, place: Place) -> bool:
        if self.is_alive(place):
            return False
        secret = self._secret_of(place)
        _log.warning("The Secret %s/%s belongs to no service: deleting it", place[0], secret.name)
        env = await secret.read_env()
        if self.is_alive(place):
            return False
        if env:
            await self.revoke(env)
        await secret.delete()
        return True

    def _secret_of(self, place: Place) -> ServiceSecret:
        namespace, pod = place
        return ServiceSecret(
            api=self.api, namespace=namespace, name=secret_name(pod), timeout=self.timeout
        )
