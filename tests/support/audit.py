"""What every page must hold to, seen in a browser: see `Audit`."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Response, WebError

__all__ = ["HOSTILE", "Audit", "inline_code"]

#: What somebody could write wherever a text is theirs. As HTML it makes an element.
HOSTILE = '<img src=x onerror="document.title=1"><b>&amp;'

_WIDTHS = (1440, 375)
_THEMES = ("light", "dark")
_SEVERE = {"serious", "critical"}
# Drawn by JupyterHub's own React application.
_EXCLUDED = ["#react-admin-hook"]
_AXE = """async (excluded) => {
  const found = await axe.run({ exclude: excluded.map((one) => [one]) }, {
    resultTypes: ["violations"],
  });
  return found.violations.map((each) => ({
    rule: each.id,
    impact: each.impact,
    nodes: each.nodes.map((node) => ({ html: node.html, why: node.failureSummary })),
  }));
}"""
# Axe reads colours, which with reduced motion change within a frame or two.
_THEME = """async (theme) => {
  document.documentElement.dataset.bsTheme = theme;
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const moves = (one) => one.effect.getTiming().iterations !== Infinity;
  for (let still = 0, at = 0; still < 3 && at < 60; at += 1) {
    await frame();
    still = document.getAnimations().some(moves) ? 0 : still + 1;
  }
}"""
_WIDER = "document.scrollingElement.scrollWidth - window.innerWidth"
_HOSTILE_ELEMENTS = "document.querySelectorAll('img[src=\"x\"]').length"


def inline_code(html: str) -> list[str]:
    """Return the scripts, styles and handlers that stand in a page's HTML."""
    tags = re.findall(r"<[a-z][^\s>]*(?:\"[^\"]*\"|'[^']*'|[^>\"'])*>", html, re.IGNORECASE)
    found = []
    for tag in tags:
        bare = re.sub(r"\"[^\"]*\"|'[^']*'", '""', tag)
        name = re.match(r"<([a-z]+)", bare, re.IGNORECASE)
        script = name is not None and name[1].lower() == "script" and " src=" not in bare
        # Data, which browsers do not run.
        data = 'type="application/json"' in tag
        code = re.search(r"<style|\s(?:style|on[a-z]+)\s*=", bare, re.IGNORECASE)
        if (script and not data) or code:
            found.append(tag)
    return found


class Audit:
    """Watches the pages of a browser profile, and looks at each as it is told.

    Parameters
    ----------
    context
        The browser profile; what its pages log and load is kept from now on.
    origin
        Of the hub, whose pages are judged.

    Attributes
    ----------
    problems
        What is wrong, a line each, with the name of the page.
    """

    def __init__(self, context: BrowserContext, origin: str) -> None:
        self.problems: list[str] = []
        self.looked_at: list[str] = []
        self._origin = origin
        self._document: Response | None = None
        self._axe_runs = False
        context.on("console", self._console)
        context.on("weberror", self._error)
        context.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium logs each answer of 4xx, which pages are to live with; axe tries inline styles.
        expected = self._axe_runs or "responded with a status of 4" in message.text
        # JupyterHub shows a launch that failed with status 500; the page itself is ours.
        page_of_launch = re.search(r"/hub/(spawn|spawn-pending)/", message.location["url"])
        if page_of_launch and "responded with a status of 500" in message.text:
            expected = True
        if message.type == "error" and not expected:
            self.problems.append(f"console of {self._where()}: {message.text}")

    def _error(self, error: WebError) -> None:
        self.problems.append(f"script of {self._where()}: {error.error}")

    def _response(self, response: Response) -> None:
        kind = response.headers.get("content-type", "")
        if response.request.is_navigation_request() and kind.startswith("text/html"):
            self._document = response

    def _where(self) -> str:
        return self._document.url if self._document else "no page"

    def look(self, page: Page, name: str) -> None:
        """Look at a page as it is now, in both themes and at both widths.

        Parameters
        ----------
        page
            The tab.
        name
            What it shows, for `problems`.
        """
        self.looked_at.append(name)
        self._served(name)
        if page.evaluate(_HOSTILE_ELEMENTS):
            self._note(name, "a person's text became an element")
        self._axe_runs = True
        for width in _WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            wider = page.evaluate(_WIDER)
            if wider > 0:
                self._note(name, f"{wider} px wider than a window of {width} px")
            for theme in _THEMES:
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                page.evaluate(_THEME, theme)
                self._axe(page, f"{name} ({theme}, {width} px)")
        page.set_viewport_size({"width": _WIDTHS[0], "height": 900})
        page.emulate_media(color_scheme="light")
        # Waits a little, so that what Chromium logs of axe's styles has come.
        page.evaluate(_THEME, "light")
        page.wait_for_timeout(100)
        self._axe_runs = False

    def _served(self, name: str) -> None:
        """Judge the document that the page was made of."""
        document = self._document
        assert document is not None
        if not document.url.startswith(f"{self._origin}/hub/"):
            return
        policy = document.headers.get("content-security-policy", "")
        strict = "default-src 'none'; script-src 'self'; style-src 'self'"
        of_jupyterhub = re.search(r"/hub/admin$", document.url)
        if not policy.startswith(strict) or ("unsafe" in policy and not of_jupyterhub):
            self._note(name, f"its Content-Security-Policy is {policy!r}")
        if not of_jupyterhub:
            for tag in inline_code(document.text()):
                self._note(name, f"inline code: {tag[:200]}")

    def _axe(self, page: Page, name: str) -> None:
        if page.evaluate("typeof axe") == "undefined":
            page.evaluate(AXE_SCRIPT)
        found: list[dict[str, Any]] = page.evaluate(_AXE, _EXCLUDED)
        for finding in found:
            if finding["impact"] not in _SEVERE:
                continue
            for node in finding["nodes"]:
                why = " ".join(node["why"].split())
                self._note(name, f"{finding['rule']} ({finding['impact']}): {node['html']} {why}")

    def _note(self, name: str, what: str) -> None:
        self.problems.append(f"{name}: {what}")
