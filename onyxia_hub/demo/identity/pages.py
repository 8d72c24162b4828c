"""The pages that people see: login and logout."""

from __future__ import annotations

import logging
import math
import re
import time
from typing import Any
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from authlib.oidc.core.errors import LoginRequiredError

from onyxia_hub.demo.identity.tokens import Login
from onyxia_hub.demo.identity.users import User
from onyxia_hub.demo.identity.web import Page
from onyxia_hub.language import Said, for_reader

__all__ = ["AuthorizePage", "LoginPage", "LogoutPage", "NotFoundPage"]

_log = logging.getLogger(__name__)

_WRONG = Said("User name or password is wrong.")
_DISABLED = Said("This account is disabled. Ask the administrator of this platform.")
_NOT_ON = Said("This login can't go on")
_MISSING = Said("Enter your user name and your password.")
_STALE = Said("This page was open for too long. Please sign in again.")


class _Authorization(Page):
    """What the authorization endpoint and its login form share."""

    def grant(self, login: Login | None) -> Any | None:
        """Return the checked request for a login, or answer with what is wrong with it."""
        try:
            grant = self.context.server.get_consent_grant(self.incoming, end_user=login)
            if self.needs_password(grant, login) and grant.request.payload.data.get("prompt") == (
                "none"
            ):
                raise LoginRequiredError(
                    redirect_uri=grant.redirect_uri, state=grant.request.payload.state
                )
        except OAuth2Error as error:
            if error.redirect_uri:
                self.send(self.context.server.authorization_error(error))
            else:
                # No address that is known to be the client's: the person must be told here.
                self.message(_NOT_ON, _sentence(error), status=400)
            return None
        except ValueError:
            # Authlib refuses to put some characters of a malformed request in its error's text.
            self.message(_NOT_ON, Said("The request is malformed."), status=400)
            return None
        return grant

    def needs_password(self, grant: Any, login: Login | None) -> bool:
        """Tell whether the person must type the password, as the request or no session asks."""
        if login is None or grant.prompt in ("login", "select_account"):
            return True
        # OpenID Connect Core §3.1.2.1; the client is our own, so no consent is asked for.
        longest = grant.request.payload.data.get("max_age", "")
        return longest.isdecimal() and time.time() - login.session.auth_time > int(longest)

    def accept(self, grant: Any, login: Login) -> None:
        """Send the person back to the client with a code."""
        answer = self.context.server.create_authorization_response(
            self.incoming, grant_user=login, grant=grant
        )
        self.send(answer)

    def form(self, *, status: int = 200, username: str = "", error: str = "") -> None:
        """Answer with the login form."""
        pairs = [(name, value) for name, values in self.parameters.items() for value in values]
        base = self.context.server.config.base_path
        self.page(
            "login.html",
            status=status,
            action=f"{base}/login?{urlencode(pairs)}",
            xsrf=self.xsrf_token.decode(),
            username=username,
            error=for_reader(error),
            hints=self.context.server.users.hints(),
        )


class AuthorizePage(_Authorization):
    """The authorization endpoint (OpenID Connect Core 1.0 §3.1.2)."""

    def get(self) -> None:
        """Send the person back with a code, or ask for the password."""
        login = self.login
        grant = self.grant(login)
        if grant is None:
            return
        if login is None or self.needs_password(grant, login):
            hint = grant.request.payload.data.get("login_hint", "")
            self.form(username=hint[:63])
        else:
            self.accept(grant, login)

    def post(self) -> None:
        """Do the same for parameters in the body (OpenID Connect Core 1.0 §3.1.2.1)."""
        self.get()


class LoginPage(_Authorization):
    """Where the login form goes; the query carries the request it belongs to."""

    @property
    def parameters(self) -> Any:
        """Protocol parameters: those of the query."""
        return self.query_parameters

    def get(self) -> None:
        """Go back to the authorization endpoint: somebody reloaded the page."""
        self.redirect(f"{self.context.server.config.base_path}/authorize?{self.request.query}")

    async def post(self) -> None:
        """Check the password, begin a session and send the person back with a code."""
        # The request is checked before the password, so that a forged one gets no session.
        if self.grant(None) is None:
            return
        username = self.get_body_argument("username", "").lower()
        password = self.get_body_argument("password", "", strip=False)
        if not self.form_is_ours():
            self.form(status=403, username=username, error=_STALE)
        elif not username or not password:
            self.form(status=400, username=username, error=_MISSING)
        elif (wait := self.context.backoff.remaining(username)) > 0:
            seconds = math.ceil(wait)
            self.set_header("Retry-After", str(seconds))
            error = Said("Too many attempts for this user. Try again in {n} s.", n=seconds)
            self.form(status=429, username=username, error=error)
        elif (user := await self._check(username, password)) is not None:
            login = self._begin(user)
            grant = self.grant(login)
            if grant is not None:
                self.accept(grant, login)

    async def _check(self, username: str, password: str) -> User | None:
        context = self.context
        context.backoff.attempt(username)
        user = await context.server.users.authenticate(username, password)
        if user is None:
            # What was typed as a name may be a password, so only names that exist are logged.
            known = username if context.server.users.get(username) else "an unknown user"
            _log.warning("wrong password for %s", known)
            self.form(status=403, username=username, error=_WRONG)
            return None
        context.backoff.succeeded(username)
        if not user.enabled:
            _log.warning("%s is disabled and tried to log in", username)
            self.form(status=403, username=username, error=_DISABLED)
            return None
        return user

    def _begin(self, user: User) -> Login:
        server = self.context.server
        server.store.sweep()
        before = self.login
        with server.store.transaction():
            if before is not None and before.user.username == user.username:
                session, cookie = server.store.confirm(before.session)
            else:
                if before is not None:
                    # Another person at the same browser: nobody could end the session later.
                    server.store.end(before.session.id)
                life = server.config.session_life
                session, cookie = server.store.begin(user.username, life=life)
        self.remember(cookie)
        _log.info("%s logged in", user.username)
        return Login(user, session)


class LogoutPage(Page):
    """The end session endpoint (OpenID Connect RP-Initiated Logout 1.0)."""

    def get(self) -> None:
        """End the session if the client asks properly, else ask the person."""
        try:
            asked = self.context.server.validate_endpoint_request("end_session", self.incoming)
        except (OAuth2Error, ValueError):
            # Both also for an id_token_hint of somebody else; its text must not be echoed.
            self._refuse(Said("The request to log out is not valid."))
            return
        data = asked.request.payload.data
        if data.get("client_id") and asked.client is None:
            self._refuse(Said("The program that asked to log out is not known here."))
            return
        if data.get("post_logout_redirect_uri") and asked.redirect_uri is None:
            self._refuse(
                Said("The address to return to after logout is not registered for this client.")
            )
            return
        if asked.redirect_uri or asked.id_token_claims:
            self._end(asked.id_token_claims or {})
            if asked.redirect_uri:
                self.redirect(asked.redirect_uri)
            else:
                self._farewell()
        elif self.login is None:
            self._farewell()
        else:
            name = self.login.user.name
            self.page("logout.html", name=name, xsrf=self.xsrf_token.decode())

    def post(self) -> None:
        """End the session if the person confirms on our page; from a client, the same as GET."""
        if self.get_body_argument("confirm", "") and self.form_is_ours():
            self._end({})
            self._farewell()
        else:
            self.get()

    def _end(self, hint: dict[str, Any]) -> None:
        login = self.login
        named = self.context.server.store.by_id(str(hint.get("sid", "")))
        # A hint for one person must not log out another who uses the browser now.
        if login is not None and hint.get("sub", login.user.subject) == login.user.subject:
            self.end(login.session)
            _log.info("%s logged out", login.user.username)
        if named is not None:
            self.context.server.store.end(named.id)

    def _farewell(self) -> None:
        self.message(Said("You are signed out"), Said("You can close this page."))

    def _refuse(self, why: str) -> None:
        self.message(Said("You are not signed out"), why, status=400)


class NotFoundPage(Page):
    """Every other address."""

    def prepare(self) -> None:
        """Say that there is nothing."""
        self.message(Said("Page not found"), Said("There is no page at this address."), status=404)


def _sentence(error: OAuth2Error) -> str:
    description = error.get_error_description() or Said("The request is not valid.")
    return re.sub(r"[^\w\s.,:;'()/-]", "", description)
