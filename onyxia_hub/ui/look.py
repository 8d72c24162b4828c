"""What a site puts on the pages: its logo, its colours, its terms of use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jupyterhub.handlers import BaseHandler
from markdown_it import MarkdownIt
from tornado.web import HTTPError, RequestHandler

from onyxia_hub.language import current_language
from onyxia_hub.settings import PagesSettings

__all__ = ["Logo", "Terms", "Theme", "handlers", "theme_css"]

_CONTENT_TYPES = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
}
_HOUR = 3600


def theme_css(pages: PagesSettings) -> str:
    """Return the style sheet with the site's own colours; empty without any.

    Parameters
    ----------
    pages
        The settings, whose colours are checked.
    """
    rules = []
    # Their stronger shade is mixed by the browser, towards the ink of the page.
    for selector, colour, ink in (
        ('html:root, html[data-bs-theme="light"]', pages.colour, "#000"),
        ('html[data-bs-theme="dark"]', pages.colour_dark, "#fff"),
    ):
        if colour:
            channels = ", ".join(str(int(colour[place : place + 2], 16)) for place in (1, 3, 5))
            rules.append(
                f"{selector} {{\n"
                f"  --ox-accent: {colour};\n"
                f"  --ox-accent-strong: color-mix(in srgb, {colour} 75%, {ink});\n"
                f"  --ox-accent-soft: color-mix(in srgb, {colour} 12%, var(--ox-surface));\n"
                f"  --bs-link-color: {colour};\n"
                f"  --bs-link-color-rgb: {channels};\n"
                f"  --bs-link-hover-color-rgb: {channels};\n"
                "}\n"
            )
    return "".join(rules)


class _OfTheSite(RequestHandler):
    """What is the same for everybody, logged in or not."""

    def initialize(self, pages: PagesSettings) -> None:
        """Take the site's settings."""
        self._pages = pages

    def set_default_headers(self) -> None:
        """Let browsers keep it for a while, and take it for nothing else than it is."""
        self.set_header("Cache-Control", f"public, max-age={_HOUR}")
        self.set_header("X-Content-Type-Options", "nosniff")
        # A drawing may hold scripts: opened by itself it must not act under the hub's address.
        self.set_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")


class Theme(_OfTheSite):
    """The site's colours."""

    def get(self) -> None:
        """Answer the style sheet."""
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish(theme_css(self._pages))


class Logo(_OfTheSite):
    """The site's logo."""

    def get(self) -> None:
        """Answer the drawing."""
        logo = self._pages.logo
        if logo is None:
            raise HTTPError(404)
        self.set_header("Content-Type", _CONTENT_TYPES[logo.suffix.lower()])
        self.finish(logo.read_bytes())


class Terms(BaseHandler):
    """The terms of use, for everybody."""

    def initialize(self, pages: PagesSettings) -> None:
        """Take the site's settings."""
        self._pages = pages

    async def get(self) -> None:
        """Show the site's file."""
        file = self._file()
        if file is None:
            raise HTTPError(404)
        # "js-default" shows HTML as text and refuses links to scripts.
        text = MarkdownIt("js-default").render(file.read_text(encoding="utf-8"))
        self.finish(await self.render_template("terms.html", terms_html=text))

    def _file(self) -> Path | None:
        french = self._pages.terms_fr if current_language() == "fr" else None
        return french or self._pages.terms


def handlers(pages: PagesSettings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    pages
        The site's settings.
    """
    given = {"pages": pages}
    return [
        (r"/onyxia/theme\.css", Theme, given),
        (r"/onyxia/logo", Logo, given),
        (r"/onyxia/terms", Terms, given),
    ]
