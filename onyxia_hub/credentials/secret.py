"""The Secret of a service in the cluster: written before the pod, owned by it, gone with it.

The requests are those of the API server's reference (core/v1, Secret).
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.credentials.kubernetes_refusals import (
    API_FAILURES,
    cause_of,
    launch_error,
    may_pass,
)
from onyxia_hub.manifests.names import env_key, secret_name
from onyxia_hub.manifests.secret import owner_patch

__all__ = ["ServiceSecret"]

_log = logging.getLogger(__name__)

_NOT_FOUND = 404
_CONFLICT = 409
# Seconds between the tries to give the Secret its owner; meanwhile the pod is starting.
_PAUSES = (0.2, 1.0, 3.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSecret:
    """One service's Secret.

    Parameters
    ----------
    api
        A ``CoreV1Api`` of kubernetes_asyncio.
    namespace, name
        Where it is.
    timeout
        Limit of each request in seconds.
    """

    api: Any = field(repr=False)
    namespace: str
    name: str
    timeout: float

    @classmethod
    def of(cls, spawner: Any) -> ServiceSecret:
        """Return the Secret of a service.

        Parameters
        ----------
        spawner
            A KubeSpawner, which knows the pod.
        """
        return cls(
            api=spawner.api,
            namespace=spawner.namespace,
            name=secret_name(spawner.pod_name),
            timeout=spawner.k8s_api_request_timeout,
        )

    async def write(self, manifest: dict[str, Any]) -> bool:
        """Create the Secret, or replace the one that a crash has left.

        Parameters
        ----------
        manifest
            What `onyxia_hub.manifests.secret.secret_manifest` returns.

        Returns
        -------
        bool
            ``False`` if the API server did not answer in time.

        Raises
        ------
        onyxia_hub.errors.KubernetesRefused
            If the API server refuses.
        aiohttp.ClientError
            If there is no connection to it.
        """
        try:
            await self._create_or_replace(manifest)
        except TimeoutError:
            return False
        except ApiException as error:
            # Without its cause, whose text would bring the whole answer into a log.
            raise launch_error(error, secrets=manifest["stringData"].values()) from None
        return True

    async def _create_or_replace(self, manifest: dict[str, Any]) -> None:
        try:
            async with asyncio.timeout(self.timeout):
                await self.api.create_namespaced_secret(self.namespace, manifest)
        except ApiException as error:
            if error.status != _CONFLICT:
                raise
            async with asyncio.timeout(self.timeout):
                await self.api.replace_namespaced_secret(self.name, self.namespace, manifest)

    async def own(self, pod_name: str) -> None:
        """Make a pod that exists the owner of the Secret, so that they end together.

        What may pass is tried again a few times. A failure is logged, not raised: the service runs
        without this, and the hub itself deletes the Secret when the service stops.

        Parameters
        ----------
        pod_name
            The owner.
        """
        for pause in (*_PAUSES, None):
            try:
                async with asyncio.timeout(self.timeout):
                    pod = await self.api.read_namespaced_pod(pod_name, self.namespace)
                    patch = owner_patch(pod_name=pod_name, pod_uid=pod.metadata.uid)
                    await self.api.patch_namespaced_secret(self.name, self.namespace, patch)
            except API_FAILURES as error:
                if pause is None or not may_pass(error):
                    _log.warning(
                        "The Secret %s has no owner, so only the hub can delete it: %s",
                        self._path,
                        cause_of(error),
                    )
                    return
                await asyncio.sleep(pause)
            else:
                return

    async def read_env(self) -> dict[str, str] | None:
        """Return the environment variables in the Secret.

        They are read to be revoked, when a service ends. That must go on without them: whoever
        can't be told of a stop leaves a pod running. So a failure is logged, not raised.

        Returns
        -------
        dict or None
            Empty if there is no such Secret, ``None`` if it can't be read.
        """
        try:
            async with asyncio.timeout(self.timeout):
                secret = await self.api.read_namespaced_secret(self.name, self.namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) == _NOT_FOUND:
                return {}
            _log.warning("The Secret %s can't be read: %s", self._path, cause_of(error))
            return None
        prefix = env_key("")
        return {
            key.removeprefix(prefix): base64.b64decode(value).decode("utf-8")
            for key, value in (secret.data or {}).items()
            if key.startswith(prefix)
        }

    async def delete(self) -> None:
        """Delete the Secret, which may be gone already: Kubernetes deletes it with its owner.

        A failure is logged, not raised: the rest of a stop must go on.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self.api.delete_namespaced_secret(self.name, self.namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) != _NOT_FOUND:
                _log.warning("The Secret %s is left behind: %s", self._path, cause_of(error))

    async def end(
        self,
        env: Mapping[str, str] | None,
        *,
        revoke: Callable[[Mapping[str, str]], Awaitable[None]],
    ) -> None:
        """Revoke the credentials in the Secret, and delete it.

        Parameters
        ----------
        env
            The environment variables in it; ``None`` if they must be read: another hub process
            has written them, and the pod ended by itself, so that nobody read them for a stop.
        revoke
            What ends credentials.
        """
        if env is None:
            env = await self.read_env()
        if env:
            await revoke(env)
        await self.delete()

    @property
    def _path(self) -> str:
        return f"{self.namespace}/{self.name}"
