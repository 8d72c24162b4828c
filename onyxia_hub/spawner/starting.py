"""How a service comes to run: its namespace, its Secret, its pod, and what the cluster says."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping
from typing import Any

import aiohttp
from jupyterhub.utils import url_path_join
from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.api_client import answering_in_json
from onyxia_hub.cluster.causes import failure_of
from onyxia_hub.cluster.events import events_of
from onyxia_hub.cluster.nodes import nodes_of
from onyxia_hub.cluster.phases_of_pod import phase_of
from onyxia_hub.cluster.refusals import API_FAILURES, cause_of, last_words, launch_error
from onyxia_hub.cluster.secret import ServiceSecret
from onyxia_hub.credentials.hiding import secrets_of
from onyxia_hub.errors import LaunchError, NotReachable, NotReadyInTime, VolumeNotReady
from onyxia_hub.language import Said
from onyxia_hub.launch import Launch
from onyxia_hub.manifests.namespace import namespace_objects
from onyxia_hub.readiness import answers, asking
from onyxia_hub.settings import read_pull_secrets
from onyxia_hub.shared import user_namespaces
from onyxia_hub.spawner.storage import ServiceStorage

__all__ = ["ServiceStart"]

# Seconds between two looks at what the watches have brought.
_LOOK_EVERY = 0.5
# Seconds between two requests to a program that is starting: the first, their growth, the longest.
_ASK_EVERY, _ASK_GROWTH, _ASK_SELDOM = 0.1, 1.2, 0.4
# KubeSpawner's name of the service's own container.
_CONTAINER = "notebook"
_NOT_FOUND = 404
_CONFLICT = 409
# Progress, in percent, when the program answers inside the cluster and the hub asks for it.
_ANSWERS = 95


class ServiceStart(ServiceStorage):
    """Adds the start, during which whatever goes wrong becomes a sentence for the user.

    The Secret is written before the pod, because a pod that waits for a Secret is retried by the
    kubelet ever more slowly, and it is owned by the pod, so that Kubernetes deletes it even if the
    hub does not.
    """

    _has_secret = False
    # Whether Kubernetes was asked for a pod that nothing has deleted since.
    _asked_for_pod = False
    # What nobody may read in a sentence about this launch.
    _hidden: frozenset[str] = frozenset()
    # When this launch's pod was made, by the monotonic clock.
    _pod_made: float | None = None
    # Whether the watch has shown that pod: if it shows none later, somebody has deleted it.
    _pod_seen = False
    # Whether its Secret has its owner too.
    _pod_complete = False

    async def load_user_options(self) -> None:
        """Prepare the launch and name its volume."""
        await super().load_user_options()
        launch = self.launch
        if launch is None:
            return
        self.choose_volume(launch.options)
        self._hidden = self._secrets_of(launch)

    def _secrets_of(self, launch: Launch) -> frozenset[str]:
        """Return what nobody may read of a launch."""
        typed = launch.options.env
        found = secrets_of(minted=launch.minted, files=launch.files, typed=typed)
        return frozenset({self.api_token, *found})

    async def _ensure_namespace(self) -> None:
        """Make the user's namespace and what stands in it; KubeSpawner makes it bare."""
        self.phases.report(28, Said("Preparing your namespace"))
        await self.make_namespace()

    async def make_namespace(self) -> None:
        """Make or mend the user's namespace, unless this process has done so already.

        Raises
        ------
        kubernetes_asyncio.client.exceptions.ApiException, TimeoutError, aiohttp.ClientError
            `API_FAILURES`, as they come.
        """
        settings = self.onyxia_settings.kubernetes
        objects = namespace_objects(
            self.namespace,
            settings=settings,
            labels={
                "component": self.component_label,
                **self._expand_all(self.user_namespace_labels),
            },
            annotations={
                "hub.jupyter.org/username": self.user.name,
                **self._expand_all(self.user_namespace_annotations),
            },
            pull_secrets=read_pull_secrets(settings),
        )
        await user_namespaces().ensure(
            self.api.api_client, objects, seconds=self.k8s_api_request_timeout
        )

    async def _start(self) -> str:
        """Start the pod and return its address.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One class for each cause. JupyterHub ends itself after a few failures in a row that are
            no ``SpawnException``.
        """
        self._pod_made, self._pod_complete = None, False
        # A little less than JupyterHub's own limit, whose error would have no cause.
        seconds = max(self.start_timeout - 5, 1)
        try:
            async with asyncio.timeout(seconds) as limit:
                return await self._start_and_look()
        except LaunchError:
            await self._keep_log_of_pod()
            raise
        except API_FAILURES as error:
            if self.launch is None and not limit.expired():
                raise  # Kubernetes has not been asked for anything yet.
            await self._keep_log_of_pod()
            if isinstance(error, TimeoutError) and (self._pod_made or self.launch is None):
                raise await self._out_of_time(seconds) from None
            if isinstance(error, TimeoutError) and self.launch and self._claim_is_ending:
                raise VolumeNotReady(
                    display_name=self.launch.display_name,
                    seconds=self.k8s_api_request_retry_timeout,
                    detail=Said("the one of that name is still being deleted"),
                ) from None
            raise launch_error(error) from error
        finally:
            self._hidden = frozenset()
            self.phases.finish()

    async def _keep_log_of_pod(self) -> None:
        if self._pod_made is not None:
            await self.keep_log()

    async def _start_and_look(self) -> str:
        """Start, and look meanwhile whether it answers, or whether it can't come good any more."""
        starting = asyncio.ensure_future(super()._start())
        try:
            async with asking() as session:
                return await self._until_it_answers(starting, session)
        except LaunchError:
            # Somebody may have deleted the namespace: the next launch looks.
            user_namespaces().forget(self.api.api_client, self.namespace)
            raise
        finally:
            starting.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await starting

    async def _until_it_answers(
        self, starting: asyncio.Future[str], session: aiohttp.ClientSession
    ) -> str:
        """Ask the program itself, which tells sooner than the cluster that it is ready.

        KubeSpawner waits ever longer between two looks at the pod, and the kubelet asks once a
        second. JupyterHub's own first request is then answered at once: a pod that dies while
        JupyterHub waits for one makes it answer 500 `InvalidStateError` (jupyterhub 6.1.1,
        handlers/base.py, ``finish_spawn_future.exception()`` of a future that is not done).
        """
        ready = _Since()
        looks = _Every(_LOOK_EVERY)
        pause = _ASK_EVERY
        while True:
            if starting.done():
                starting.result()
            pod = self.pod_reflector.pods.get(self._place) if self._pod_complete else None
            runs = pod is not None and self._runs(pod)
            if pod and runs and await answers(session, self._health_url(pod)):
                self.phases.report(_ANSWERS, Said("The program answers; opening the way to it"))
                self.pod_id = pod["metadata"]["uid"]
                return str(self._get_pod_url(pod))
            if self._pod_made is not None and looks.due():
                await self._look()
            if ready.seconds(bool(pod and self.is_pod_running(pod))) > self.http_timeout:
                name = self.launch.display_name if self.launch else Said("The service")
                raise NotReachable(display_name=name, seconds=self.http_timeout)
            # KubeSpawner's start may be over already, and the program not answer the hub yet.
            await asyncio.sleep(pause)
            pause = min(pause * _ASK_GROWTH, _ASK_SELDOM) if runs else _ASK_EVERY

    @property
    def _place(self) -> str:
        return f"{self.namespace}/{self.pod_name}"

    def _runs(self, pod: Mapping[str, Any]) -> bool:
        """Return whether the pod's program has been started and can be asked."""
        started = any(
            status["name"] == _CONTAINER and "running" in (status.get("state") or {})
            for status in pod["status"].get("containerStatuses") or ()
        )
        return started and bool(pod["status"].get("podIP"))

    def _health_url(self, pod: Mapping[str, Any]) -> str:
        return str(url_path_join(self._get_pod_url(pod), self.health_path()))

    async def _look(self) -> None:
        """Report how far the pod is, and end a start that can't come good.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If it can't.
        """
        if self._pod_made is None or self.launch is None:
            return
        launch = self.launch
        pod = self.pod_reflector.pods.get(self._place)
        self._pod_seen = self._pod_seen or pod is not None
        placed = pod is None or "nodeName" in pod["spec"]
        nodes = None if placed else await nodes_of(self.api)
        events, waited = self.events, time.monotonic() - self._pod_made
        if failure := failure_of(
            pod,
            events,
            display_name=launch.display_name,
            waited=waited,
            wait_for_room=self.onyxia_settings.kubernetes.wait_for_room,
            nodes=nodes,
            secrets=self._hidden,
            seen=self._pod_seen,
        ):
            raise failure
        phase = phase_of(pod, events, waited=waited, nodes=nodes, secrets=self._hidden)
        self.phases.report(phase.percent, phase.message)

    @property
    def events(self) -> list[dict[str, Any]]:
        """The events of this launch's pod, the latest last.

        KubeSpawner's own goes through the events of the whole cluster, and whoever may make events
        in a namespace of theirs can make ones that it fails on.
        """
        if not self.event_reflector:
            return []
        mine = events_of(
            self.event_reflector.resources.values(), namespace=self.namespace, pod=self.pod_name
        )
        uids = [event["metadata"].get("uid") for event in mine]
        # KubeSpawner's mark: what came before it is about an earlier pod.
        return mine[uids.index(self._last_event) + 1 :] if self._last_event in uids else mine

    async def _out_of_time(self, seconds: float) -> LaunchError:
        """Return what a start that took too long has to say."""
        if self._pod_made and self._place not in self.pod_reflector.pods:
            # The watch is stuck. KubeSpawner restarts it too, but only after its own limit.
            await self._start_watching_pods(replace=True)
        name = self.launch.display_name if self.launch else Said("The service")
        hint = last_words(self.events if self.launch else [], secrets=self._hidden)
        return NotReadyInTime(display_name=name, seconds=seconds, hint=hint)

    async def _make_create_pod_request(self, pod: Any, request_timeout: float) -> bool:
        """Write the Secret, create the pod, make the pod the Secret's owner.

        KubeSpawner calls this until it returns true. A pod of that name that it finds is removed
        with its Secret, so each try writes the Secret anew, and none may follow the pod's creation.
        """
        secret = ServiceSecret.of(self)
        self._has_secret = True
        if not await secret.write(self.get_service_secret_manifest(), revoke=self.revoke):
            return False
        self._asked_for_pod = True
        try:
            async with asyncio.timeout(request_timeout):
                made = await answering_in_json(self.api).create_namespaced_pod(self.namespace, pod)
        except TimeoutError:
            return False
        except ApiException as error:
            if error.status != _CONFLICT:
                raise
            self.log.info("Replacing the pod %s of an earlier hub", self._place)
            # KubeSpawner's own: ours would revoke what this launch has just minted.
            await super().stop(now=True)
            return False
        self._pod_made, self._pod_seen = time.monotonic(), False
        await secret.own(pod_name=self.pod_name, pod_uid=made["metadata"]["uid"])
        self._pod_complete = True
        return True

    async def delete_asked_pod(self) -> None:
        """Delete the pod of a start that failed, though it may not have been seen.

        JupyterHub stops only what runs, and neither a pod that its node refused nor one whose
        making was answered with an error does.
        """
        asked, self._asked_for_pod = self._asked_for_pod, False
        if not asked:
            return
        try:
            async with asyncio.timeout(self.k8s_api_request_timeout):
                await self.api.delete_namespaced_pod(
                    self.pod_name, self.namespace, grace_period_seconds=0
                )
        except API_FAILURES as error:
            if getattr(error, "status", None) != _NOT_FOUND:
                self.log.warning("The pod %s is left behind: %s", self._place, cause_of(error))


class _Every:
    """Tells when something is due again."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = float("-inf")

    def due(self) -> bool:
        """Return whether it is; the first time it is."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True


class _Since:
    """Tells for how long something has been so."""

    def __init__(self) -> None:
        self._since: float | None = None

    def seconds(self, is_so: bool) -> float:
        """Return the seconds since it was first told to be so without a break."""
        if not is_so:
            self._since = None
            return 0.0
        self._since = self._since or time.monotonic()
        return time.monotonic() - self._since
