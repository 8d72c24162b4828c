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

from onyxia_hub.cluster.api_client import answering_in_json
from onyxia_hub.cluster.refusals import (
    API_FAILURES,
    cause_of,
    launch_error,
    may_pass,
)
from onyxia_hub.credentials.base import Held
from onyxia_hub.errors import CredentialsGone
from onyxia_hub.manifests.names import env_key, file_key, secret_name
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

    async def write(
        self,
        manifest: dict[str, Any],
        *,
        revoke: Callable[[Mapping[str, str]], Awaitable[None]],
    ) -> bool:
        """Create the Secret, or replace the one that a crash has left.

        Parameters
        ----------
        manifest
            What `onyxia_hub.manifests.secret.secret_manifest` returns.
        revoke
            What ends the credentials in a Secret that is replaced; nobody else knows them.

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
            if not await self._create(manifest):
                if old := await self.read_env():
                    await self._revoke_old(old, manifest, revoke)
                async with asyncio.timeout(self.timeout):
                    await self._writing.replace_namespaced_secret(
                        self.name, self.namespace, manifest
                    )
        except TimeoutError:
            return False
        except ApiException as error:
            # Without its cause, whose text would bring the whole answer into a log.
            raise launch_error(error, secrets=manifest["stringData"].values()) from None
        return True

    async def _create(self, manifest: dict[str, Any]) -> bool:
        """Return whether there was no such Secret."""
        try:
            async with asyncio.timeout(self.timeout):
                await self._writing.create_namespaced_secret(self.namespace, manifest)
        except ApiException as error:
            if error.status != _CONFLICT:
                raise
            return False
        return True

    async def _replace(self, manifest: dict[str, Any]) -> None:
        await self._writing.replace_namespaced_secret(self.name, self.namespace, manifest)

    async def _revoke_old(
        self,
        old: Mapping[str, str],
        manifest: dict[str, Any],
        revoke: Callable[[Mapping[str, str]], Awaitable[None]],
    ) -> None:
        # A request whose answer was lost has written this very launch's credentials.
        new = manifest["stringData"]
        if any(new.get(env_key(name)) != value for name, value in old.items()):
            await revoke(old)

    async def own(self, *, pod_name: str, pod_uid: str) -> None:
        """Make a pod that exists the owner of the Secret, so that they end together.

        What may pass is tried again a few times. A failure is logged, not raised: the service runs
        without this, and the hub itself deletes the Secret when the service stops.

        Parameters
        ----------
        pod_name, pod_uid
            The owner.
        """
        patch = owner_patch(pod_name=pod_name, pod_uid=pod_uid)
        for pause in (*_PAUSES, None):
            try:
                async with asyncio.timeout(self.timeout):
                    await self._writing.patch_namespaced_secret(self.name, self.namespace, patch)
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
            Empty if there is no such Secret, ``None`` if it can't be read. Values that are no text,
            which the hub never writes, are left out.
        """
        try:
            async with asyncio.timeout(self.timeout):
                secret = await self.api.read_namespaced_secret(self.name, self.namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) == _NOT_FOUND:
                return {}
            _log.warning("The Secret %s can't be read: %s", self._path, cause_of(error))
            return None
        return self._env_in(secret.data or {})

    async def read(self) -> Held | None:
        """Return what the Secret holds; ``None`` if there is none.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If it can't be read.
        """
        try:
            async with asyncio.timeout(self.timeout):
                secret = await self.api.read_namespaced_secret(self.name, self.namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) == _NOT_FOUND:
                return None
            # Without its cause, as in `write`.
            raise launch_error(error) from None
        data = secret.data or {}
        return Held(env=self._env_in(data), files=self._texts_in(data, file_key("")))

    async def patch(self, patch: dict[str, Any]) -> None:
        """Change the Secret.

        Parameters
        ----------
        patch
            What `onyxia_hub.manifests.secret.renewal_patch` returns.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the API server refuses, or can't be reached.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self._writing.patch_namespaced_secret(self.name, self.namespace, patch)
        except API_FAILURES as error:
            if getattr(error, "status", None) == _NOT_FOUND:
                raise CredentialsGone from None
            raise launch_error(error, secrets=patch["stringData"].values()) from None

    def _env_in(self, data: Mapping[str, str]) -> dict[str, str]:
        return self._texts_in(data, env_key(""))

    def _texts_in(self, data: Mapping[str, str], prefix: str) -> dict[str, str]:
        texts, unreadable = {}, 0
        for key, value in data.items():
            if key.startswith(prefix):
                # Who may write Secrets there can have written anything in it.
                try:
                    texts[key.removeprefix(prefix)] = base64.b64decode(value).decode()
                except ValueError:
                    unreadable += 1
        if unreadable:
            _log.warning("In the Secret %s: %d values are no text", self._path, unreadable)
        return texts

    async def delete(self) -> None:
        """Delete the Secret, which may be gone already: Kubernetes deletes it with its owner.

        A failure is logged, not raised: the rest of a stop must go on.
        """
        try:
            async with asyncio.timeout(self.timeout):
                await self._writing.delete_namespaced_secret(self.name, self.namespace)
        except API_FAILURES as error:
            if getattr(error, "status", None) != _NOT_FOUND:
                _log.warning("The Secret %s is left behind: %s", self._path, cause_of(error))

    @property
    def _writing(self) -> Any:
        return answering_in_json(self.api)

    @property
    def _path(self) -> str:
        return f"{self.namespace}/{self.name}"
