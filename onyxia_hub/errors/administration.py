"""A request of an administrator, or for administrators, that can't be done."""

from __future__ import annotations

from typing import ClassVar

from tornado import web

from onyxia_hub.errors.spoken import Spoken

__all__ = [
    "AdministrationError",
    "AdministratorsOnly",
    "FilterRefused",
    "MessageGone",
    "MessageRefused",
    "RecipientsUnknown",
]


class AdministrationError(Spoken, web.HTTPError):
    """A request that can't be done; ``sentence`` is what the person reads.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.
    """

    sentence: ClassVar[str] = "This could not be done."
    status: ClassVar[int] = 400

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.status, self.said.replace("%", "%%"))


class AdministratorsOnly(AdministrationError):
    """Somebody without the rights of an administrator asked for everybody's services."""

    sentence = (
        "This page shows everybody's services and is for administrators. Ask one of them if you "
        "need it; your own services are on “My services”."
    )
    status = 403


class FilterRefused(AdministrationError):
    """A parameter of the overview's address that can't be read."""

    sentence = "{parameter}: {problem}. {fix}"


class MessageRefused(AdministrationError):
    """A message that can't be sent as it is."""

    sentence = "The message was not sent, {field} {problem}. {fix}"


class RecipientsUnknown(AdministrationError):
    """A message for people whom the hub does not know."""

    sentence = (
        "The message was not sent to anybody: the hub knows nobody of the name {names}. Correct "
        "the name, or leave it out."
    )
    status = 404


class MessageGone(AdministrationError):
    """A message that was withdrawn, dismissed or has expired, or never was."""

    sentence = "There is no such message any more. Load the page again."
    status = 404
