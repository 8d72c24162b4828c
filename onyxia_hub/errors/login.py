"""A login that can't go on."""

from __future__ import annotations

from typing import ClassVar

from tornado import web

from onyxia_hub.errors.spoken import Spoken

__all__ = ["IdentityProviderAway", "LoginError", "LoginNotConfigured", "LoginRefused"]


class LoginError(Spoken, web.HTTPError):
    """A login that can't go on; ``sentence`` is what the person reads.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.
    """

    sentence: ClassVar[str] = "You could not be logged in."
    status: ClassVar[int] = 503

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.status, self.said.replace("%", "%%"))


class IdentityProviderAway(LoginError):
    """The identity provider does not answer, or answers garbage."""

    sentence = (
        "The identity provider at {issuer} does not answer properly ({detail}), so nobody can log "
        "in just now. Services that are running keep running. Try again in a minute."
    )


class LoginRefused(LoginError):
    """The identity provider answered the login with a refusal."""

    sentence = (
        "The identity provider refused this login ({detail}). Go back to the start page and log in "
        "again."
    )
    status = 403


class LoginNotConfigured(LoginError):
    """The identity provider does not accept the hub's own client."""

    sentence = (
        "The identity provider at {issuer} does not accept this hub ({detail}). An administrator "
        "must correct oidc.client_id or oidc.client_secret_file in the hub's settings."
    )
    status = 500
