"""The door: nothing reaches the program that has not come through here."""

from __future__ import annotations

import logging
import re
import secrets
import traceback
from collections.abc import Awaitable
from typing import Any

from jupyterhub import __version__ as jupyterhub_version
from tornado.httputil import url_concat
from tornado.web import decode_signed_value, stream_request_body

from onyxia_hub.gateway.cookies import cookie_values
from onyxia_hub.gateway.exchanges import Caller
from onyxia_hub.gateway.forward import Sender
from onyxia_hub.gateway.hub_auth import HubAway, Person
from onyxia_hub.gateway.origins import is_navigation, is_of_own_pages
from onyxia_hub.gateway.page import Page, render
from onyxia_hub.gateway.paths import below_prefix, split_target
from onyxia_hub.gateway.refusal import Refused
from onyxia_hub.gateway.state import Gateway
from onyxia_hub.gateway.unread import TellsItsEnd

__all__ = ["GuardedHandler", "log"]

log = logging.getLogger("onyxia_hub.gateway")

_BEARER = re.compile(r"(?:token|bearer)\s+(\S+)\s*", re.IGNORECASE)
_SESSION_COOKIE = "jupyterhub-session-id"
_SMALL = 1024 * 1024  # a refused body up to this size, in bytes, is read: the answer then arrives

_LOGIN = "You are not logged in, or your login has ended."
_FOREIGN = "The request comes from a page of another site."
_HUB_AWAY = "The hub does not answer at the moment, so logins can't be checked. Try again soon."


@stream_request_body
class GuardedHandler(TellsItsEnd):
    """Checks a request before anything else happens: its form, its size, who sends it, and whence.

    Afterwards `below`, `query` and `caller` are set, or the request is answered, or will be when
    its body is read (`is_refused`).
    """

    websocket = False
    below: str
    query: str
    caller: Caller

    def initialize(self, gateway: Gateway) -> None:
        """Take the gateway's parts."""
        self.gateway = gateway
        self._refusal: Refused | None = None
        self._hides_authorization = True

    def set_default_headers(self) -> None:
        """Tell the hub's version, by which it checks services; not the server's."""
        self.clear_header("Server")
        self.set_header("X-JupyterHub-Version", jupyterhub_version)

    async def prepare(self) -> None:
        """Let the request in or refuse it."""
        try:
            self._check_form()
            await self.admit()
        except Refused as refusal:
            if self._reads_before_refusing():
                self._refusal = refusal
            else:
                self.refuse(refusal)

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        """Forget the body: tornado would keep all of it for handlers that take none."""

    async def admit(self) -> None:
        """Find out who asks, and whether they may."""
        if not self.below:
            # The service's path without the slash at its end.
            self.redirect(self.gateway.facts.prefix + self.query)
            return
        caller = await self._caller()
        if caller is None:
            self._not_logged_in()
        else:
            self.caller = caller

    @property
    def is_refused(self) -> bool:
        """Whether nothing of the request may be passed on."""
        return self._finished or self._refusal is not None

    def refuse_late(self) -> bool:
        """Answer a refused request whose body has been read; return whether it was refused."""
        self.is_read = True
        if self._refusal is not None and not self._finished:
            self.refuse(self._refusal)
        return self._finished

    @property
    def has_body(self) -> bool:
        """Whether a body follows."""
        headers = self.request.headers
        return "Transfer-Encoding" in headers or headers.get("Content-Length", "0") != "0"

    def _reads_before_refusing(self) -> bool:
        length = self.request.headers.get("Content-Length", "")
        return length.isdecimal() and 0 < int(length) <= _SMALL and not self._expects()

    def _expects(self) -> bool:
        return "Expect" in self.request.headers

    def _check_form(self) -> None:
        request = self.request
        headers = request.headers
        line = len(request.uri or "") + len(request.method or "")
        if line + sum(len(k) + len(v) + 4 for k, v in headers.get_all()) > self._config.max_header:
            raise Refused(431, "The headers are larger than this service takes.")
        encodings = headers.get_list("Transfer-Encoding")
        lengths = headers.get_list("Content-Length")
        if encodings and (lengths or [each.lower() for each in encodings] != ["chunked"]):
            raise Refused(400, "The request says its length in two ways, or in an unknown one.")
        if len(lengths) > 1 or not all(re.fullmatch("[0-9]{1,18}", each) for each in lengths):
            raise Refused(400, "The request does not say its length as one number.")
        if encodings and request.version == "HTTP/1.0":
            raise Refused(400, "HTTP/1.0 has no body in chunks.")
        if lengths and int(lengths[0]) > self._config.max_body:
            raise Refused(413, "The body is larger than this service takes.")
        path, self.query = split_target(request.uri or "")
        below = below_prefix(path, self.gateway.facts.prefix)
        if below is None and path != self.gateway.facts.prefix[:-1]:
            raise Refused(404, "There is nothing at this address.")
        self.below = below or ""

    @property
    def _config(self) -> Any:
        return self.gateway.config

    async def _caller(self) -> Caller | None:
        """Return who asks; None if nobody knows."""
        is_away = False
        match = _BEARER.fullmatch(self.request.headers.get("Authorization", ""))
        if match:
            try:
                if caller := await self._known(match[1], "", by_cookie=False):
                    return caller
                # Not the hub's: the program's own, for the program to judge.
                self._hides_authorization = False
            except HubAway:
                is_away = True
        else:
            self._hides_authorization = False
        headers = self.request.headers.get_list("Cookie")
        session = next(iter(cookie_values(headers, _SESSION_COOKIE)), "")
        for token in self.tokens_of_cookies():
            try:
                caller = await self._known(token, session, by_cookie=True)
            except HubAway:
                is_away = True
                continue
            if caller and not is_of_own_pages(self.request, websocket=self.websocket):
                raise Refused(403, _FOREIGN)
            if caller:
                return caller
        if is_away:
            raise Refused(503, _HUB_AWAY)
        return None

    async def person(self, token: str, session: str) -> Person | None:
        """Return whose token it is."""
        return await self.gateway.auth.person(token, session=session)

    async def _known(self, token: str, session: str, *, by_cookie: bool) -> Caller | None:
        person = await self.person(token, session)
        if person is None:
            return None
        if not person.allowed:
            raise Refused(403, f"{person.name} may not use this service; its owner can share it.")
        return Caller(name=person.name, token=token, session=session, by_cookie=by_cookie)

    def tokens_of_cookies(self) -> list[str]:
        """Return what the service's own cookie holds: whoever shares the host may set more."""
        name = self.gateway.facts.client_id
        secret = self.application.settings["cookie_secret"]
        values = cookie_values(self.request.headers.get_list("Cookie"), name)
        found = (decode_signed_value(secret, name, value, min_version=2) for value in values)
        return [token.decode("ascii", "replace") for token in found if token]

    def _not_logged_in(self) -> None:
        if not (is_navigation(self.request) and self.request.method in ("GET", "HEAD")):
            raise Refused(401, _LOGIN)
        auth = self.gateway.auth
        verifier, challenge, method = auth.generate_pkce_code_challenge()
        after = self.gateway.facts.prefix[:-1] + self.below + self.query
        state = auth.set_state_cookie(self, next_url=after, code_verifier=verifier)
        proof = {"state": state, "code_challenge": challenge, "code_challenge_method": method}
        self.set_header("Cache-Control", "no-store")
        self.redirect(url_concat(auth.login_url, proof))

    def sender(self) -> Sender:
        """Return what the program's request says of its sender."""
        return Sender(
            peer=self.request.remote_ip or "",
            hide_authorization=self._hides_authorization,
            xsrf=None if self.caller.by_cookie else secrets.token_hex(16),
        )

    def refuse(self, refusal: Refused) -> None:
        """Answer with a sentence: as a page for browsers, in JSON for programs."""
        self.clear()
        self.set_status(refusal.status)
        self.set_header("Cache-Control", "no-store")
        if refusal.status == 503:
            self.set_header("Retry-After", "2")
        if is_navigation(self.request):
            page = Page(
                title=f"{self._config.display_name} can't be opened",
                sentence=refusal.sentence,
                hub=f"{self.gateway.facts.base_url}hub/home",
            )
            html, policy = render(page)
            self.set_header("Content-Type", "text/html; charset=utf-8")
            self.set_header("Content-Security-Policy", policy)
            self.finish(html)
        else:
            self.finish({"status": refusal.status, "message": refusal.sentence})

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Answer what tornado refuses, and failures, without a word about the inside."""
        sentence = "The gateway failed at this request." if status_code >= 500 else self._reason
        self.refuse(Refused(status_code, sentence))

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log one line: tornado's own shows the whole address, which may hold what is secret."""
        if getattr(value, "status_code", 500) < 500 or typ is None:
            return
        place = traceback.extract_tb(tb)[-1]
        where = f"{place.filename.rpartition('/')[2]}:{place.lineno}"
        log.error("A %s request failed: %s in %s.", self.request.method, typ.__name__, where)
