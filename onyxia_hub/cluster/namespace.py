"""Users' namespaces, made and mended before the first service of each.

Sources: Kubernetes' documentation of server-side apply; `Using RBAC`, which says that whoever makes
a RoleBinding must hold the role's rights or the verb ``bind`` on it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.manifests.namespace import NamespaceObjects

__all__ = ["UserNamespaces"]

Manifest = dict[str, Any]

_FORBIDDEN = 403
_CONFLICT = 409
#: Who changed an object, in its ``managedFields``.
_MANAGER = "onyxia-hub"
# Seconds between the tries while a new RoleBinding or label reaches all of the API server.
_PAUSES = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)
_PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/{namespace}/serviceaccounts",
    "Secret": "/api/v1/namespaces/{namespace}/secrets",
    "ResourceQuota": "/api/v1/namespaces/{namespace}/resourcequotas",
    "LimitRange": "/api/v1/namespaces/{namespace}/limitranges",
    "RoleBinding": "/apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}/rolebindings",
    "NetworkPolicy": "/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies",
}


@dataclass(slots=True)
class _Known:
    # Hash of what the namespace consists of.
    content: str
    # Gone when it is done: a hub knows thousands of namespaces.
    making: asyncio.Task[None] | None = field(default=None, repr=False)


class UserNamespaces:
    """The namespaces that one hub process has made or checked.

    Each is made once in the life of the process, and again when the site's wishes have changed or
    a launch in it has failed; so a launch in a namespace that stands costs no request.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], _Known] = {}

    async def ensure(self, api_client: Any, objects: NamespaceObjects, *, seconds: float) -> None:
        """Make what is missing and mend what differs; launches at the same time share the work.

        Parameters
        ----------
        api_client
            An ``ApiClient`` of kubernetes_asyncio.
        objects
            What the namespace consists of.
        seconds
            Limit of each request in seconds.

        Raises
        ------
        kubernetes_asyncio.client.exceptions.ApiException
            If the API server refuses.
        TimeoutError, aiohttp.ClientError
            If it does not answer.
        """
        key = (api_client.configuration.host, objects.namespace["metadata"]["name"])
        text = json.dumps([objects.hub_binding, *objects.rest], sort_keys=True)
        content = hashlib.sha256(text.encode()).hexdigest()
        known = self._known.get(key)
        if known is None or known.content != content:
            known = self._known[key] = _Known(content)
            known.making = asyncio.create_task(_make(api_client, objects, seconds))
            known.making.add_done_callback(partial(self._made, key, known))
        if known.making is not None:
            # Shielded: a launch that is given up must not end the work that others wait for.
            await asyncio.shield(known.making)

    def _made(self, key: tuple[str, str], known: _Known, task: asyncio.Task[None]) -> None:
        known.making = None
        if _failed(task) and self._known.get(key) is known:
            del self._known[key]

    def forget(self, api_client: Any, namespace: str) -> None:
        """Check the namespace anew at the next launch: somebody may have deleted it."""
        self._known.pop((api_client.configuration.host, namespace), None)


def _failed(task: asyncio.Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None


async def _make(api_client: Any, objects: NamespaceObjects, seconds: float) -> None:
    await _create(api_client, objects.namespace, seconds)
    fresh = objects.hub_binding is not None and await _bind(
        api_client, objects.namespace, objects.hub_binding, seconds
    )
    await asyncio.gather(
        *(
            # Each may ask another API server, which has not heard of a new binding or label yet.
            _while_forbidden(partial(_apply, api_client, manifest, seconds), tries=fresh)
            for manifest in objects.rest
        )
    )


async def _bind(api_client: Any, namespace: Manifest, binding: Manifest, seconds: float) -> bool:
    """Bind the hub's role in the namespace; return whether that changed anything.

    Where Pod Security's label is gone, or laxer than the site now wants, the admission policy
    refuses even a binding that is there already. Then the label is mended first, with the rights
    of that binding.
    """
    try:
        return await _create(api_client, binding, seconds)
    except ApiException as refusal:
        if refusal.status != _FORBIDDEN or not await _is_mended(api_client, namespace, seconds):
            raise
    await _while_forbidden(partial(_create, api_client, binding, seconds), tries=True)
    return True


async def _is_mended(api_client: Any, namespace: Manifest, seconds: float) -> bool:
    try:
        await _apply(api_client, namespace, seconds)
    except ApiException as error:
        if error.status != _FORBIDDEN:
            raise
        return False
    return True


async def _while_forbidden(request: Callable[[], Awaitable[object]], *, tries: bool) -> None:
    """Try again while what was just changed, a RoleBinding or a label, has no effect yet."""
    for pause in _PAUSES if tries else ():
        try:
            await request()
        except ApiException as error:
            if error.status != _FORBIDDEN:
                raise
        else:
            return
        await asyncio.sleep(pause)
    await request()


async def _create(api_client: Any, manifest: Manifest, seconds: float) -> bool:
    """Return whether the object is new."""
    path = _PATHS[manifest["kind"]]
    try:
        await _send(api_client, "POST", path, manifest, seconds, content_type="application/json")
    except ApiException as error:
        if error.status != _CONFLICT:
            raise
        return False
    return True


async def _apply(api_client: Any, manifest: Manifest, seconds: float) -> None:
    path = _PATHS[manifest["kind"]] + "/{name}"
    # JSON is YAML.
    content_type = "application/apply-patch+yaml"
    query = [("fieldManager", _MANAGER), ("force", "true")]
    try:
        await _send(
            api_client, "PATCH", path, manifest, seconds, content_type=content_type, query=query
        )
    except ApiException as error:
        if manifest["kind"] != "Secret":
            raise
        # The answer may quote the request, and goes to the user and into the log.
        raise ApiException(status=error.status, reason=error.reason) from None


async def _send(
    api_client: Any,
    method: str,
    path: str,
    manifest: Manifest,
    seconds: float,
    *,
    content_type: str,
    query: list[tuple[str, str]] | None = None,
) -> None:
    metadata = manifest["metadata"]
    names = {"namespace": metadata.get("namespace", ""), "name": metadata["name"]}
    async with asyncio.timeout(seconds):
        await api_client.call_api(
            path,
            method,
            path_params={key: name for key, name in names.items() if f"{{{key}}}" in path},
            query_params=query or [],
            header_params={"Content-Type": content_type, "Accept": "application/json"},
            body=manifest,
            auth_settings=["BearerToken"],
            response_types_map={},
        )
