"""What people see while the program starts, or when it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from onyxia_hub.gateway.last_words import last_words
from onyxia_hub.gateway.origins import is_navigation
from onyxia_hub.gateway.page import Page, render
from onyxia_hub.gateway.state import Gateway

if TYPE_CHECKING:
    from onyxia_hub.gateway.guard import GuardedHandler

__all__ = ["show_away", "write_status"]


@dataclass(frozen=True, slots=True)
class _State:
    title: str
    sentence: str


def _state(gateway: Gateway) -> _State:
    name = gateway.config.display_name
    if gateway.health.has_answered:
        return _State(
            f"{name} does not answer",
            f"{name} has ended or is starting anew. This page opens it when it answers; if it does "
            "not, start it again among your services.",
        )
    return _State(f"{name} is starting", "This page opens it as soon as it answers.")


async def show_away(handler: GuardedHandler) -> None:
    """Answer a request for a program that does not listen: a page for browsers, JSON for others."""
    gateway = handler.gateway
    # The answer may have changed since the last look: who was never asked has never answered.
    state = _state(gateway)
    handler.clear()
    handler.set_status(503)
    handler.set_header("Cache-Control", "no-store")
    handler.set_header("Retry-After", "2")
    if not is_navigation(handler.request):
        handler.finish({"status": 503, "message": f"{state.title}."})
        return
    html, policy = render(
        Page(
            title=state.title,
            sentence=state.sentence,
            hub=f"{gateway.facts.base_url}hub/home",
            lines=await last_words(gateway.hub_session, gateway.facts),
            status=f"{gateway.facts.prefix}_gateway/status",
        )
    )
    handler.set_header("Content-Type", "text/html; charset=utf-8")
    handler.set_header("Content-Security-Policy", policy)
    handler.finish(html)


async def write_status(handler: GuardedHandler) -> None:
    """Answer with what the page shows next."""
    gateway = handler.gateway
    handler.set_header("Cache-Control", "no-store")
    if await gateway.health.ready():
        handler.finish({"ready": True})
        return
    state = _state(gateway)
    handler.finish(
        {
            "ready": False,
            "title": state.title,
            "sentence": state.sentence,
            "lines": await last_words(gateway.hub_session, gateway.facts),
        }
    )
