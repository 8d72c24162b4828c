"""The requests of a login: to the provider, back from it, and out."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler, OAuthLogoutHandler

from onyxia_hub.errors import LoginRefused

__all__ = ["CallbackHandler", "LoginHandler", "LogoutHandler"]


class LoginHandler(OAuthLoginHandler):
    """Sends the browser to the provider, whose address it may have to ask for first."""

    async def get(self) -> None:
        """Redirect to the provider's login page."""
        await self.authenticator.discover()
        super().get()


class CallbackHandler(OAuthCallbackHandler):
    """Takes the browser back from the provider."""

    def check_error(self) -> None:
        """Refuse a login that comes back with an error code."""
        error = self.get_argument("error", "")
        if error:
            # The text beside the code is whatever the link says, and anybody can make a link.
            raise LoginRefused(detail=error if re.fullmatch("[a-z_]{1,40}", error) else "error")


class LogoutHandler(OAuthLogoutHandler):
    """Ends the provider's session too, or the next login would be the same user's, unasked.

    Source: OpenID Connect RP-Initiated Logout 1.0. The optional ``id_token_hint`` is left out
    because URLs end up in logs.
    """

    async def render_logout_page(self) -> None:
        """Redirect to the provider's logout, if it has one."""
        endpoints = self.authenticator.endpoints
        if self.authenticator.logout_redirect_url or not (endpoints and endpoints.end_session):
            await super().render_logout_page()
            return
        back = self.authenticator.post_logout_url
        query = {"client_id": self.authenticator.client_id}
        if back:
            query["post_logout_redirect_uri"] = back
        self.redirect(f"{endpoints.end_session}?{urlencode(query)}")
