"""Which language the page of a request is in: the visitor's choice, else the browser's."""

from __future__ import annotations

from contextvars import ContextVar

from tornado.httputil import HTTPServerRequest
from tornado.web import OutputTransform

from onyxia_hub.language.texts import LANGUAGES

__all__ = ["COOKIE", "LanguageOfRequest", "current_language", "wanted"]

#: Name of the cookie that holds the visitor's choice.
COOKIE = "onyxia-language"

_language: ContextVar[str] = ContextVar("onyxia_hub_language", default="en")


def current_language() -> str:
    """Return the language of the request that is being answered; English outside of one."""
    return _language.get()


class LanguageOfRequest(OutputTransform):
    """Notes the language of each request before its handler runs.

    It changes no answer. JupyterHub's handlers have no hook that is called for every request, but
    Tornado makes an application's transforms just before it runs a handler, in the context that
    the handler's task inherits (tornado/web.py, ``_HandlerDelegate.execute``).
    """

    def __init__(self, request: HTTPServerRequest) -> None:
        cookie = request.cookies.get(COOKIE)
        chosen = cookie.value if cookie is not None else ""
        _language.set(wanted(chosen, request.headers.get("Accept-Language", "")))


def wanted(chosen: str, accepted: str) -> str:
    """Return the language of a page.

    Parameters
    ----------
    chosen
        What the visitor chose; anything that is no language counts for nothing.
    accepted
        The header ``Accept-Language`` (RFC 9110, section 12.5.4).
    """
    if chosen in LANGUAGES:
        return chosen
    offers = []
    for part in accepted.split(","):
        name, _, parameters = part.strip().partition(";")
        code = name.strip().lower().partition("-")[0]
        if code in LANGUAGES and (weight := _weight(parameters)) > 0:
            offers.append((weight, code))
    # The first of several with the same weight.
    return max(offers, key=lambda offer: offer[0])[1] if offers else "en"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value) if name.strip() == "q" else 0.0
    except ValueError:
        return 0.0
