"""What a service's program wrote before it ended, for its page and for scripts."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from tornado.web import HTTPError

__all__ = ["LastOutput", "handlers"]


class LastOutput(APIHandler):
    """Its last lines, for whoever may use the service; secrets are taken out of them."""

    @needs_scope("access:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str, server_name: str = "") -> None:
        """Answer ``{"exit_code": …, "restarts": …, "lines": […]}``.

        Parameters
        ----------
        user_name
            Whose service.
        server_name
            Which; the default one if empty.
        """
        user = self.find_user(user_name)
        if user is None or server_name not in user.orm_user.orm_spawners:
            raise HTTPError(404, f"{user_name} has no service “{server_name or 'default'}”.")
        output = await user.spawners[server_name].last_output()
        self.write(json.dumps(asdict(output)))


def handlers() -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [
        (r"/api/onyxia/users/([^/]+)/servers/([^/]*)/output", LastOutput, {}),
        (r"/api/onyxia/users/([^/]+)/server/output", LastOutput, {}),
    ]
