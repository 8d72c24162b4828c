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

from kubernetes_asyncio.client import V1DeleteOptions, V1Preconditions, V1Secret

from onyxia_hub.cluster.refusals import API_FAILURES, cause_of
from onyxia_hub.cluster.secret import ServiceSecret
from onyxia_hub.manifests.names import pod_name_of, secret_name

__all__ = ["Place", "Sweep"]

_log = logging.getLogger(__name__)

#: Namespace and name of a service's pod.
Place = tuple[str, str]
# Requests at the same time; the API server has others to serve.
_AT_ONCE = 10
_FORBIDDEN = 403
_NOT_FOUND = 404
_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class _Found:
    """An object as it was listed: which one, and in which version if that matters."""

    uid: str
    version: str | None


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
        Tells whether a pod is that of a service which runs, starts or stops; asked again before
        each deletion, for people go on working meanwhile. What is launched even later is safe: only
        the very objects that were found are deleted.
    revoke
        What ends the credentials that were in a Secret.
    timeout
        Limit of each request in seconds.
    prefix
        Start of the users' namespaces: others are left alone, whatever is in them.
    """

    api: Any = field(repr=False)
    component: str
    namespace: str | None
    is_alive: Callable[[Place], bool]
    revoke: Callable[[Mapping[str, str]], Awaitable[None]]
    timeout: float
    prefix: str = ""

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
        looked_at = {place[0] for place in pods} | set(filter(self._is_ours, namespaces))
        listed = await self._each(sorted(looked_at), self._secrets)
        secrets = {place: found for each in listed for place, found in each.items()}
        places = sorted(pods.keys() | secrets.keys())
        ended = await self._each(
            places, lambda place: self._end(place, pods.get(place), secrets.get(place))
        )
        return sum(ended)

    async def _each(self, items: Iterable[Any], work: Callable[[Any], Awaitable[Any]]) -> list[Any]:
        gate = asyncio.Semaphore(_AT_ONCE)

        async def one(item: Any) -> Any:
            async with gate:
                return await work(item)

        done = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
        for fault in done:
            if isinstance(fault, BaseException):
                # Whoever may write there must not be able to end the sweep of all others.
                _log.warning("Something could not be swept up: %s", type(fault).__name__)
        return [result for result in done if not isinstance(result, BaseException)]

    async def _pods(self) -> dict[Place, _Found] | None:
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
        return {
            (pod.metadata.namespace, pod.metadata.name): _found(pod)
            for pod in found.items
            if self._is_ours(pod.metadata.namespace)
        }

    def _is_ours(self, namespace: str) -> bool:
        return namespace.startswith(self.prefix)

    async def _secrets(self, namespace: str) -> dict[Place, _Found]:
        """Return the Secrets in a namespace by the pods to which they belong."""
        try:
            async with asyncio.timeout(self.timeout):
                listed = await self.api.list_namespaced_secret(
                    namespace, label_selector=f"component={self.component}"
                )
        except API_FAILURES as error:
            # A user who never launched anything has no namespace, and the hub no right in it.
            if getattr(error, "status", None) not in {_NOT_FOUND, _FORBIDDEN}:
                _log.warning("The Secrets of %s can't be listed: %s", namespace, cause_of(error))
            return {}
        return {
            (namespace, pod): _found(secret)
            for secret in listed.items
            if (pod := pod_name_of(secret.metadata.name)) is not None
        }

    async def _end(self, place: Place, pod: _Found | None, secret: _Found | None) -> bool:
        """Revoke and delete what is left of one service; return whether it was an orphan."""
        if self.is_alive(place):
            return False
        namespace, name = place
        _log.warning("%s/%s belongs to no service: cleaning up", namespace, name)
        if secret is not None:
            env = await ServiceSecret(
                api=self.api, namespace=namespace, name=secret_name(name), timeout=self.timeout
            ).read_env()
            if self.is_alive(place):
                return False
            if env:
                await self.revoke(env)
            await self._delete(self.api.delete_namespaced_secret, secret_name(name), place, secret)
        if pod is not None and not self.is_alive(place):
            await self._delete(self.api.delete_namespaced_pod, name, place, pod)
        return True

    async def _delete(
        self, request: Callable[..., Awaitable[Any]], name: str, place: Place, found: _Found
    ) -> None:
        """Delete the very object that was found; one that took its place meanwhile stays."""
        body = V1DeleteOptions(
            preconditions=V1Preconditions(uid=found.uid, resource_version=found.version)
        )
        try:
            async with asyncio.timeout(self.timeout):
                await request(name, place[0], body=body)
        except API_FAILURES as error:
            if getattr(error, "status", None) not in {_NOT_FOUND, _CONFLICT}:
                _log.warning("%s/%s is left behind: %s", place[0], name, cause_of(error))


def _found(item: Any) -> _Found:
    metadata = item.metadata
    # A Secret that is written anew keeps its uid; a pod's status changes all the time.
    version = metadata.resource_version if isinstance(item, V1Secret) else None
    return _Found(uid=metadata.uid, version=version)
