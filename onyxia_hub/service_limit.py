"""How many services a user may have: only those that ever ran count.

JupyterHub makes a record as soon as somebody looks at the form of a new name, and keeps it when the
launch is refused. Were these counted, ten typing errors would close the platform for a user.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

__all__ = ["HAS_RUN", "ServiceRecord", "service_limit"]

#: Key of a service's stored state, set once it has run.
HAS_RUN = "onyxia_has_run"


def service_limit(limit: int) -> Callable[[Any], int]:
    """Return a ``JupyterHub.named_server_limit_per_user`` that forgives records without a run.

    Parameters
    ----------
    limit
        Most named services that a user may have.
    """

    def limit_for(handler: Any) -> int:
        # JupyterHub compares with the number of all records, so the others are added. Who asks may
        # be a program with a token of its own, which has no services.
        records: Mapping[str, Any] = getattr(handler.current_user, "orm_spawners", {})
        return limit + sum(
            not (record.state or {}).get(HAS_RUN) and record.server is None
            for name, record in records.items()
            if name
        )

    return limit_for


class ServiceRecord:
    """Stands before a spawner class and remembers in its state that the service has run."""

    #: Whether it ever did.
    has_run = False

    def start_polling(self) -> None:
        """Watch the service; JupyterHub calls this once it has started, then stores its state."""
        self.has_run = True
        super().start_polling()  # type: ignore[misc]  # the spawner's

    def get_state(self) -> dict[str, Any]:
        """Return the spawner's state and the mark."""
        state: dict[str, Any] = super().get_state()  # type: ignore[misc]  # the spawner's
        if self.has_run:
            state[HAS_RUN] = True
        return state

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what `get_state` returned."""
        super().load_state(state)  # type: ignore[misc]  # the spawner's
        self.has_run = bool(state.get(HAS_RUN))
