"""The gateway's own addresses, below the service's ``_gateway/``."""

from __future__ import annotations

from onyxia_hub.gateway.away import write_status
from onyxia_hub.gateway.guard import GuardedHandler

__all__ = ["HealthHandler", "StatusHandler"]


class HealthHandler(GuardedHandler):
    """Tells whether the program is ready, to anybody: Kubernetes' probes have no login."""

    SUPPORTED_METHODS = ("GET",)

    async def admit(self) -> None:
        """Let everybody in."""

    async def get(self) -> None:
        """Answer 200 when the program is ready, else 503."""
        if self.refuse_late():
            return
        ready = await self.gateway.health.ready()
        self.set_status(200 if ready else 503)
        self.set_header("Cache-Control", "no-store")
        self.finish({"ready": ready})


class StatusHandler(GuardedHandler):
    """Tells people who may use the service how far its program is."""

    SUPPORTED_METHODS = ("GET",)

    async def get(self) -> None:
        """Answer with what the waiting page shows."""
        if not self.refuse_late():
            await write_status(self)
