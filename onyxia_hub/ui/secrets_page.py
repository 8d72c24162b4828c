"""“My secrets”: the page. It holds no secrets, its script asks the REST API for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import authenticated

__all__ = ["SecretsPage", "handlers"]


class SecretsPage(BaseHandler):
    """The page."""

    @authenticated
    async def get(self) -> None:
        """Show the frame, with the profiles whose launch takes a secret."""
        user = self.current_user
        self.finish(
            await self.render_template(
                "secrets.html",
                user=user,
                profiles=_with_secrets(user.spawner.visible_profiles()),
            )
        )


def _with_secrets(entries: Iterable[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return slug and name of the profiles that take a secret and can run here."""
    return [
        (entry["slug"], entry["onyxia"]["display_name"])
        for entry in entries
        if "vault_secret" in entry["profile_options"] and entry["onyxia"]["unavailable"] is None
    ]


def handlers() -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [(r"/onyxia/secrets", SecretsPage, {})]
