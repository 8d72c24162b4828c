"""Until when idle services may stay, for the pages, for scripts and for the culler."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError

from onyxia_hub.culling.idle import idle_of

__all__ = ["DueServices", "IdleServices", "handlers"]


class IdleServices(APIHandler):
    """A user's services that run and have a limit: when they are stopped if nobody uses them."""

    @needs_scope("read:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self, user_name: str) -> None:
        """Answer ``{"now": …, "servers": {name: {…}}}``; times are of the hub's clock.

        Parameters
        ----------
        user_name
            Whose services.
        """
        user = self.find_user(user_name)
        if user is None:
            # Only whoever may read everybody's services comes here.
            raise HTTPError(404)
        servers = {}
        for name, spawner in user.spawners.items():
            if (idle := idle_of(spawner)) is not None:
                servers[name] = {
                    "display_name": spawner.orm_spawner.display_name,
                    "profile": spawner.user_options["profile"],
                    "idle_timeout": idle.timeout,
                    "last_activity": idle.last_activity.isoformat(),
                    "warns_at": idle.warns_at.isoformat(),
                    "stops_at": idle.stops_at.isoformat(),
                }
        self.write(json.dumps({"now": datetime.now(UTC).isoformat(), "servers": servers}))


class DueServices(APIHandler):
    """The services that are to be stopped now; for whoever may read everybody's services."""

    @needs_scope("read:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self) -> None:
        """Answer ``{"due": ["user/name", …]}``, named as in JupyterHub's ``full_name``."""
        now = datetime.now(UTC)
        # Only users whose services this hub has touched are in it, and those are all that run.
        due = [
            f"{user.name}/{name}"
            for user in list(self.users.values())
            for name, spawner in user.spawners.items()
            if (idle := idle_of(spawner)) is not None and idle.stops_at <= now
        ]
        self.write(json.dumps({"due": due}))


def handlers() -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [
        (r"/api/onyxia/idle", DueServices, {}),
        (r"/api/onyxia/users/([^/]+)/idle", IdleServices, {}),
    ]
