"""What all web handlers of the provider share: headers, errors, logging without secrets."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from tornado.web import HTTPError, RequestHandler

from onyxia_hub.demo.identity.backoff import Backoff
from onyxia_hub.demo.identity.server import IdentityServer, Outgoing
from onyxia_hub.demo.identity.sessions import Session
from onyxia_hub.demo.identity.tokens import Login
from onyxia_hub.language import Said, current_language, for_reader, text_in

__all__ = ["FOLDER", "Context", "Handler", "Page", "log_request"]

FOLDER = Path(__file__).parent

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What handlers work with.

    Parameters
    ----------
    server
        The protocol side, with config, users and sessions.
    backoff
        Slows down guessing.
    templates
        The pages.
    """

    server: IdentityServer
    backoff: Backoff
    templates: Environment

    @classmethod
    def make(cls, server: IdentityServer) -> Context:
        """Return the context of a provider."""
        templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        templates.globals["language"] = current_language
        templates.globals["_"] = lambda text: text_in(current_language(), text)
        return cls(server=server, backoff=Backoff(), templates=templates)


class Handler(RequestHandler):
    """A handler that never logs a query string and never lets an answer be stored."""

    @property
    def context(self) -> Context:
        """What the handlers share; a setting, because tornado sets headers before `initialize`."""
        context: Context = self.settings["context"]
        return context

    def set_default_headers(self) -> None:
        """Forbid caching and guessing of types."""
        self.clear_header("Server")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")

    @property
    def incoming(self) -> Handler:
        """The request as `server.Incoming`."""
        return self

    @property
    def method(self) -> str:
        """HTTP method."""
        return self.request.method or "GET"

    @property
    def path(self) -> str:
        """Path of the request."""
        return self.request.path

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers."""
        return self.request.headers

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        """Protocol parameters: of the body of a POST, of the query otherwise."""
        if self.method == "POST":
            return {name: self.get_body_arguments(name) for name in self.request.body_arguments}
        return self.query_parameters

    @property
    def query_parameters(self) -> Mapping[str, Sequence[str]]:
        """Parameters of the query."""
        return {name: self.get_query_arguments(name) for name in self.request.query_arguments}

    def send(self, outgoing: Outgoing) -> None:
        """Send an answer of the protocol side."""
        self.set_status(outgoing.status)
        for name, value in outgoing.headers.items():
            self.set_header(name, value)
        self.finish(outgoing.body)

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        """Log without the query string, which may hold a token (``id_token_hint``)."""
        where = f"{self.method} {self.path}"
        if isinstance(value, HTTPError):
            if value.status_code >= 500:
                _log.warning("%s: %s %s", where, value.status_code, value.log_message or "")
            return
        _log.error("%s failed", where, exc_info=(typ, value, tb) if value else None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer in the error form of OAuth."""
        del kwargs
        code = "server_error" if status_code >= 500 else "invalid_request"
        self.finish({"error": code, "error_description": HTTPStatus(status_code).phrase})


class Page(Handler):
    """A handler that answers with pages and knows the browser's session."""

    def set_default_headers(self) -> None:
        """Add what keeps a page from being framed, scripted or phished."""
        super().set_default_headers()
        server = self.context.server
        # Browsers apply form-action to the redirects after a form too, so the client's origins
        # must be among it, or a login would end on a blank page.
        uris = (*server.config.redirect_uris, *server.config.post_logout_uris)
        targets = sorted({f"{u.scheme}://{u.netloc}" for u in map(urlsplit, uris)})
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
            f"frame-ancestors 'none'; form-action 'self' {' '.join(targets)}",
        )
        self.set_header("X-Frame-Options", "DENY")
        self.set_header("Referrer-Policy", "same-origin")

    @property
    def login(self) -> Login | None:
        """The browser's session, if it has not ended and its user may still log in."""
        cookie = self.get_cookie(self._cookie_name)
        session = self.context.server.store.by_cookie(cookie) if cookie else None
        user = self.context.server.users.enabled(session.username) if session else None
        return Login(user, session) if user and session else None

    def remember(self, cookie: str) -> None:
        """Give the browser the cookie of a session; it goes when the browser is closed."""
        config = self.context.server.config
        self.set_cookie(
            self._cookie_name,
            cookie,
            path=config.base_path or "/",
            httponly=True,
            samesite="Lax",
            secure=config.secure,
        )

    def end(self, session: Session) -> None:
        """End a session and take its cookie away."""
        self.context.server.store.end(session.id)
        self.clear_cookie(
            self._cookie_name, path=self.context.server.config.base_path or "/", samesite="Lax"
        )

    def form_is_ours(self) -> bool:
        """Tell whether the form comes from a page of ours in this browser."""
        try:
            self.check_xsrf_cookie()
        except HTTPError:
            return False
        return True

    def page(self, template: str, *, status: int = 200, **values: object) -> None:
        """Answer with a page."""
        self.set_status(status)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        base = self.context.server.config.base_path
        self.finish(self.context.templates.get_template(template).render(base=base, **values))

    def message(self, title: str, text: str, *, status: int = 200) -> None:
        """Answer with a page of one message; an error from status 400 on."""
        said = {"title": for_reader(title), "text": for_reader(text)}
        self.page("message.html", status=status, is_error=status >= 400, **said)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer with a page."""
        del kwargs
        phrase = HTTPStatus(status_code).phrase
        self.message(
            phrase, Said("The identity provider can't answer this request."), status=status_code
        )

    @property
    def _cookie_name(self) -> str:
        # Cookies of one host are shared by all its ports and paths above: a name of our own.
        return "onyxia_identity_session"


def log_request(handler: RequestHandler) -> None:
    """Log one request without its query string; health checks not at all."""
    path = handler.request.path
    if not path.endswith("/healthz"):
        took = 1000 * handler.request.request_time()
        _log.info("%s %s %s %.0f ms", handler.get_status(), handler.request.method, path, took)
