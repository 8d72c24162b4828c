"""The way back from the hub's login page."""

from __future__ import annotations

from typing import Any

from onyxia_hub.gateway.guard import GuardedHandler
from onyxia_hub.gateway.hub_auth import HubAway, LoginRefused
from onyxia_hub.gateway.jupyterhub_auth import services_auth
from onyxia_hub.gateway.refusal import Refused
from onyxia_hub.gateway.state import Gateway

__all__ = ["CallbackHandler"]

_FAILED = "The login could not be completed. Open the service again."
_AWAY = "The hub does not answer at the moment, so the login can't be completed. Try again soon."


class CallbackHandler(GuardedHandler, services_auth().HubOAuthCallbackHandler):  # type: ignore[misc]
    """JupyterHub's, which gives the browser its cookie; refusals look as everywhere here."""

    SUPPORTED_METHODS = ("GET",)

    def initialize(self, gateway: Gateway) -> None:
        """Take the gateway's parts."""
        super().initialize(gateway)
        self.hub_auth = self.gateway.auth

    async def admit(self) -> None:
        """Find out whether the browser is logged in already, without a refusal if not."""
        session = self.hub_auth.get_session_id(self)
        # JupyterHub's own lookup blocks, and would be made for a reloaded page.
        self.current_user = None
        for token in self.tokens_of_cookies():
            person = await self.person(token, session)
            if person is not None and person.allowed:
                self.current_user = {"name": person.name}

    async def get(self) -> None:
        """Finish the login, and go where the browser was going."""
        if self.refuse_late():
            return
        self.set_header("Cache-Control", "no-store")
        try:
            await super().get()  # type: ignore[misc]
        except HubAway:
            self.refuse(Refused(503, _AWAY))
        except LoginRefused:
            self.refuse(Refused(403, _FAILED))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Say one sentence whatever part of the login was wrong."""
        self.refuse(Refused(status_code if status_code < 500 else 502, _FAILED))
