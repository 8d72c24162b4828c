"""The gateway's one page: a sentence for people, in place of a program that can't be shown.

Its colours are the hub's (``ui/static/css/base.css``), which the gateway does not import.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from string import Template

__all__ = ["Page", "render"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What it says.

    Parameters
    ----------
    title
        In a few words.
    sentence
        What has happened, and what to do.
    hub
        Path of the hub's page with the user's services.
    lines
        What the program wrote last.
    status
        Path that tells when the program is ready; the page opens it then. Without it, the page
        stays as it is.
    """

    title: str
    sentence: str
    hub: str
    lines: Sequence[str] = ()
    status: str | None = None


def render(page: Page) -> tuple[str, str]:
    """Return the page as HTML, and its ``Content-Security-Policy``.

    Nothing is loaded from anywhere, so that it can be shown when nothing else answers.
    """
    nonce = secrets.token_urlsafe(16)
    waits = page.status is not None
    html = _PAGE.substitute(
        nonce=nonce,
        title=escape(page.title),
        sentence=escape(page.sentence),
        hub=escape(page.hub, quote=True),
        output=_output(page.lines),
        ring='<span class="ring" aria-hidden="true"></span>' if waits else "",
        refresh='<noscript><meta http-equiv="refresh" content="5"></noscript>' if waits else "",
        script=_SCRIPT.substitute(nonce=nonce, status=escape(page.status or "", quote=True))
        if waits
        else "",
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    )
    return html, policy


def _output(lines: Sequence[str]) -> str:
    text = escape("\n".join(lines))
    hidden = "" if lines else " hidden"
    words = f'<h2>Its last words</h2><pre tabindex="0">{text}</pre>'
    return f'<section id="output"{hidden}>{words}</section>'


_PAGE = Template(
    """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
$refresh
<style nonce="$nonce">
:root { color-scheme: light dark; --text: #16211f; --soft: #55625f; --back: #f7f8f8; --card: #fff;
  --line: #dde3e1; --accent: #0b6b6f; --on-accent: #fff; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6ecea; --soft: #a0adaa; --back: #101415; --card: #181d1f; --line: #2c3537;
    --accent: #62cdc8; --on-accent: #06201f; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--back); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
main { width: min(44rem, 100%); padding: clamp(1.25rem, 4vw, 2.5rem); background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; }
h1 { display: flex; align-items: center; gap: .75rem; margin: 0 0 .5rem; font-size: 1.5rem;
  line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 1.5rem 0 .5rem; font-size: 1rem; }
p { margin: 0 0 1rem; overflow-wrap: anywhere; }
pre { margin: 0; max-height: 22rem; overflow: auto; padding: .75rem; border-radius: .5rem;
  background: var(--back); border: 1px solid var(--line); color: var(--soft);
  font: .8125rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  white-space: pre-wrap; overflow-wrap: anywhere; }
a { display: inline-block; padding: .5rem 1rem; border-radius: .5rem; background: var(--accent);
  color: var(--on-accent); font-weight: 600; text-decoration: none; }
a:hover { text-decoration: underline; }
a:focus-visible, pre:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.ring { flex: none; width: 1.25rem; height: 1.25rem; border-radius: 50%;
  border: 3px solid var(--line); border-top-color: var(--accent);
  animation: turn 1s linear infinite; }
@keyframes turn { to { transform: rotate(1turn); } }
@media (prefers-reduced-motion: reduce) { .ring { animation: none; } }
</style>
</head>
<body>
<main>
<h1>$ring<span id="title">$title</span></h1>
<p id="sentence" role="status">$sentence</p>
<p><a href="$hub">My services</a></p>
$output
</main>
$script
</body>
</html>
"""
)

_SCRIPT = Template(
    """\
<script nonce="$nonce" data-status="$status">
const address = document.currentScript.dataset.status;
const find = (id) => document.getElementById(id);
const output = find("output").querySelector("pre");
// What was written last is what matters.
const toItsEnd = () => { output.scrollTop = output.scrollHeight; };
toItsEnd();
async function look() {
  try {
    const answer = await fetch(address, {cache: "no-store", headers: {Accept: "application/json"}});
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
      location.reload();
      return;
    }
    const state = await answer.json();
    if (state.ready) {
      location.reload();
      return;
    }
    if (state.sentence) {
      document.title = find("title").textContent = state.title;
      find("sentence").textContent = state.sentence;
      find("output").hidden = !state.lines.length;
      output.textContent = state.lines.join("\\n");
      toItsEnd();
    }
  } catch {
    // The gateway or the proxy is away for a moment: ask again.
  }
  setTimeout(look, 2000);
}
setTimeout(look, 1000);
</script>"""
)
