"""What people see of a service that runs as a pod: its log, its events, their quota."""

from __future__ import annotations

import asyncio
from typing import Any

from kubernetes_asyncio.client.exceptions import ApiException

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.cluster.quota import gauges_of
from onyxia_hub.cluster.refusals import API_FAILURES, launch_error
from onyxia_hub.cluster.writing import writing_container
from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.hiding import hide
from onyxia_hub.last_output import LOG_LINES, LONGEST, Happening, LiveLog, log_lines
from onyxia_hub.manifests.namespace import QUOTA
from onyxia_hub.quota import Gauge
from onyxia_hub.spawner.output import ServiceOutput

__all__ = ["ServiceSight"]

# Most bytes that the API server is asked for, and the lines that are asked for in place of
# `LOG_LINES` if those are more: the limit keeps the first of them and not the last.
_MOST_BYTES = 128 * 1024
_FEW_LINES = 20
_MOST_EVENTS = 30
# Of a pod that is not there, or has not begun to run (core/v1, "read log of the specified Pod").
_NO_LOG_YET = frozenset({400, 404})


class ServiceSight(ServiceOutput):
    """Adds what Kubernetes tells of a pod while it runs."""

    async def read_log(self) -> LiveLog:
        """Return the end of the log and the pod's events, without secrets.

        As long as the program was not started, the log is that of the site's init container which
        runs, or ran last.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the API server does not tell.
        """
        secrets = await self._secrets()
        if secrets is None:
            # What must not be shown is not known, so nothing is.
            return LiveLog()
        await self._start_watching_pods()
        pod = PodView(self.pod_reflector.pods.get(self._place) or {}, [], waited=0)
        writer = writing_container(pod)
        text = await self._log_of(writer.name) if writer else ""
        return LiveLog(
            lines=log_lines(text, secrets=secrets),
            source=writer.name if writer and writer is not pod.main else "",
            happenings=tuple(_happening(event, secrets) for event in self.events[-_MOST_EVENTS:]),
        )

    async def _log_of(self, container: str) -> str:
        text = await self._ask_for_log(container, lines=LOG_LINES)
        if len(text.encode()) < _MOST_BYTES:
            return text
        text = await self._ask_for_log(container, lines=_FEW_LINES)
        # The limit cuts into a line, and a secret that was cut into is not recognized.
        return text if len(text.encode()) < _MOST_BYTES else text.rpartition("\n")[0]

    async def _ask_for_log(self, container: str, *, lines: int) -> str:
        try:
            async with asyncio.timeout(self.k8s_api_request_timeout):
                text = await self.api.read_namespaced_pod_log(
                    name=self.pod_name,
                    namespace=self.namespace,
                    container=container,
                    tail_lines=lines,
                    limit_bytes=_MOST_BYTES,
                )
        except API_FAILURES as error:
            if isinstance(error, ApiException) and error.status in _NO_LOG_YET:
                return ""
            raise launch_error(error) from None
        return str(text or "")

    async def quota(self) -> tuple[Gauge, ...]:
        """Return what the user's namespace has of its quota.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the API server does not tell.
        """
        if not self.onyxia_settings.kubernetes.quota:
            return ()
        try:
            async with asyncio.timeout(self.k8s_api_request_timeout):
                found = await self.api.read_namespaced_resource_quota(QUOTA, self.namespace)
        except API_FAILURES as error:
            if isinstance(error, ApiException) and error.status in {403, 404}:
                # Before the first launch: the hub makes the namespace and its own rights with it.
                return gauges_of({"hard": self.onyxia_settings.kubernetes.quota})
            raise launch_error(error) from None
        status = found.status
        return gauges_of({"hard": status.hard, "used": status.used} if status else {})


def _happening(event: dict[str, Any], secrets: frozenset[str]) -> Happening:
    message = clean(hide(str(event["message"]), secrets), longest=2 * LONGEST)
    return Happening(
        time=str(event["lastTimestamp"] or event["eventTime"] or ""),
        warning=event["type"] == "Warning",
        reason=clean(str(event["reason"]), longest=LONGEST),
        message=message,
    )
