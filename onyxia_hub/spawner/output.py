"""What a service's program left when it ended."""

from __future__ import annotations

from onyxia_hub.cluster.observed import PodView
from onyxia_hub.last_output import MOST_LINES, Output, lines_of
from onyxia_hub.spawner.starting import ServiceStart

__all__ = ["ServiceOutput"]


class ServiceOutput(ServiceStart):
    """Adds the last words of a program whose pod goes on, where it is started again."""

    async def last_output(self) -> Output:
        """Return what Kubernetes keeps of the last run that ended, which is part of the pod."""
        await self._start_watching_pods()
        pod = self.pod_reflector.pods.get(self._place)
        if pod is None:
            return Output(exit_code=None, restarts=0)
        program = PodView(pod, [], waited=0).main
        # A hub that came back does not know what is secret in them.
        secrets = self._secrets_of(self.launch) if self.launch else None
        lines = lines_of(program.end_message, secrets=secrets) if secrets else []
        return Output(
            exit_code=program.exit_code if program.end else None,
            restarts=program.restarts,
            lines=tuple(lines[-MOST_LINES:]),
        )
