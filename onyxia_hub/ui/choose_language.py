"""Choosing the language of the pages."""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import HTTPError

from onyxia_hub.language import COOKIE, LANGUAGES

__all__ = ["ChooseLanguage", "handlers"]

_YEAR_IN_DAYS = 365


class ChooseLanguage(BaseHandler):
    """Keeps the visitor's choice in a cookie; nobody has to be logged in."""

    def post(self) -> None:
        """Note ``language`` and go back to ``next``, a path of this hub."""
        language = self.get_body_argument("language", "")
        if language not in LANGUAGES:
            raise HTTPError(400, f"Choose one of the languages {', '.join(LANGUAGES)}.")
        self.set_cookie(
            COOKIE,
            language,
            expires_days=_YEAR_IN_DAYS,
            path=self.hub.base_url,
            httponly=True,
            samesite="Lax",
            secure=self.request.protocol == "https",
        )
        # JupyterHub's own check that it leads nowhere else.
        self.redirect(self.get_next_url(default=f"{self.hub.base_url}home"))


def handlers() -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [(r"/onyxia/language", ChooseLanguage, {})]
