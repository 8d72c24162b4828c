"""The rules that show the options of the chosen card, one for each profile.

A page of its own, because the pages' security policy forbids style sheets in the HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from jupyterhub.handlers import BaseHandler
from tornado.web import authenticated

__all__ = ["FormStyle", "handlers", "rules"]

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def rules(slugs: Iterable[str]) -> str:
    """Return the style sheet.

    Parameters
    ----------
    slugs
        Of the profiles; one that is no slug is left out, it could be anything in a style sheet.
    """
    return "".join(
        f".ox-launch:has(#profile-item-{slug}:checked) #options-{slug} {{ display: block; }}\n"
        for slug in slugs
        if _SLUG.fullmatch(slug)
    )


class FormStyle(BaseHandler):
    """The style sheet of the launch form that the user sees."""

    @authenticated
    def get(self) -> None:
        """Answer the rules for the profiles that the user may see."""
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.set_header("Cache-Control", "private, no-cache")
        visible = self.current_user.spawner.visible_profiles()
        self.finish(rules(profile["slug"] for profile in visible))


def handlers() -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [(r"/onyxia/form\.css", FormStyle, {})]
