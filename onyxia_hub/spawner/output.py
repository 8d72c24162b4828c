"""What a service's program left when it ended."""

from __future__ import annotations

import contextlib

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.credentials.hiding import secrets_of
from onyxia_hub.errors import LaunchError
from onyxia_hub.last_output import MOST_LINES, Output, lines_of
from onyxia_hub.spawner.renewal import ServiceRenewal

__all__ = ["ServiceOutput"]


class ServiceOutput(ServiceRenewal):
    """Adds the last words of a program whose pod goes on, where it is started again."""

    async def _secrets(self) -> frozenset[str] | None:
        """Return what nobody may read of the service; ``None`` if that can't be told."""
        of_launch = self._secrets_of(self.launch) if self.launch else None
        held = None
        with contextlib.suppress(LaunchError):
            held = await self.held()
        if held is None:
            return None if self._before_renewal else of_launch
        typed = self.user_options.get("env") if isinstance(self.user_options, dict) else None
        found = secrets_of(
            minted=held.env, files=held.files, typed=typed if isinstance(typed, dict) else {}
        )
        return self._before_renewal.union(found, of_launch or ())

    async def last_output(self) -> Output:
        """Return what Kubernetes keeps of the last run that ended, which is part of the pod."""
        await self._start_watching_pods()
        pod = self.pod_reflector.pods.get(self._place)
        if pod is None:
            return Output(exit_code=None, restarts=0)
        program = PodView(pod, [], waited=0).main
        secrets = await self._secrets()
        lines = [] if secrets is None else lines_of(program.end_message, secrets=secrets)
        return Output(
            exit_code=program.exit_code if program.end else None,
            restarts=program.restarts,
            lines=tuple(lines[-MOST_LINES:]),
        )
