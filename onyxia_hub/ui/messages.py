"""Messages of administrators: sending and withdrawing them, reading and dismissing one's own."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import define_custom_scopes, needs_scope

from onyxia_hub.errors import MessageGone, MessageRefused
from onyxia_hub.language import Said
from onyxia_hub.store.drafts import checked_hours, checked_names, checked_text, ids_of
from onyxia_hub.store.messages import (
    Message,
    current_messages,
    dismiss,
    messages_of,
    send,
    withdraw,
)

__all__ = ["USER_SCOPES", "AllMessages", "OneMessage", "OwnMessage", "OwnMessages", "handlers"]

_OWN = "custom:onyxia:messages"
# Here and not by ``JupyterHub.custom_scopes``: `needs_scope` must know it, and that trait is the
# site's own.
define_custom_scopes({_OWN: {"description": "Read and dismiss messages of administrators."}})
#: What users may do with their own. No token of a service has it: programs must not dismiss what a
#: person is to read.
USER_SCOPES = frozenset({f"{_OWN}!user"})
_ADMINISTRATOR = "admin:users"


class AllMessages(APIHandler):
    """What is shown to anybody now, and sending more."""

    @needs_scope(_ADMINISTRATOR)  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self) -> None:
        """Answer ``{"now": …, "messages": […]}``, the latest first."""
        now = datetime.now(UTC)
        found = [
            {
                **_shown(sent.message),
                "to_all": sent.to_all,
                "recipients": sent.recipients,
                "dismissed": sent.dismissed,
            }
            for sent in current_messages(self.db, now=now)
        ]
        self.write(json.dumps({"now": _text(now), "messages": found}))

    @needs_scope(_ADMINISTRATOR)  # type: ignore[untyped-decorator]  # JupyterHub's
    def post(self) -> None:
        """Send ``{"text": …, "to": [user name, …] or "all", "hours": …}``; answers its number.

        Raises
        ------
        onyxia_hub.errors.MessageRefused
            If it can't be sent so.
        onyxia_hub.errors.RecipientsUnknown
            If the hub does not know everybody.
        """
        body = self.get_json_body()
        if not isinstance(body, dict):
            raise MessageRefused(
                field="body",
                problem=Said("is no JSON object"),
                fix=Said('Send {{"text": …, "to": …}}.'),
            )
        text, hours = checked_text(body.get("text")), checked_hours(body.get("hours"))
        names = checked_names(body.get("to"))
        to = None if names is None else ids_of(self.db, names)
        number = send(
            self.db,
            text=text,
            sender=self.current_user.name,
            to=to,
            now=datetime.now(UTC),
            hours=hours,
        )
        people = "everybody" if names is None else f"{len(names)} people"
        self.log.info("%s sent message %d to %s", self.current_user.name, number, people)
        self.set_status(201)
        self.write(json.dumps({"id": number}))


class OneMessage(APIHandler):
    """A message that was sent."""

    @needs_scope(_ADMINISTRATOR)  # type: ignore[untyped-decorator]  # JupyterHub's
    def delete(self, number: str) -> None:
        """Withdraw it: nobody sees it any longer.

        Parameters
        ----------
        number
            Its number.

        Raises
        ------
        onyxia_hub.errors.MessageGone
            If there is none of that number.
        """
        withdraw(self.db, int(number))
        self.log.info("%s withdrew message %s", self.current_user.name, number)
        self.set_status(204)


class OwnMessages(APIHandler):
    """What somebody has to read."""

    @needs_scope(_OWN, _ADMINISTRATOR)  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self, user_name: str) -> None:
        """Answer ``{"now": …, "messages": […]}``, the latest first.

        Parameters
        ----------
        user_name
            Whose.
        """
        now = datetime.now(UTC)
        found = messages_of(self.db, _number_of(self, user_name), now=now)
        self.write(json.dumps({"now": _text(now), "messages": [_shown(each) for each in found]}))


class OwnMessage(APIHandler):
    """One of them."""

    @needs_scope(_OWN, _ADMINISTRATOR)  # type: ignore[untyped-decorator]  # JupyterHub's
    def delete(self, user_name: str, number: str) -> None:
        """Dismiss it: this user does not see it any longer.

        Parameters
        ----------
        user_name
            Whose.
        number
            The message's.

        Raises
        ------
        onyxia_hub.errors.MessageGone
            If there is no such message for this user.
        """
        dismiss(self.db, int(number), _number_of(self, user_name), now=datetime.now(UTC))
        self.set_status(204)


def _number_of(handler: APIHandler, user_name: str) -> int:
    user = handler.find_user(user_name)
    if user is None:
        # Only administrators come here.
        raise MessageGone
    return int(user.orm_user.id)


def _shown(message: Message) -> dict[str, Any]:
    return {
        **asdict(message),
        "sent_at": _text(message.sent_at),
        "expires_at": _text(message.expires_at),
    }


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def handlers() -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [
        (r"/api/onyxia/messages", AllMessages, {}),
        # Longer ones are no numbers of a database.
        (r"/api/onyxia/messages/(\d{1,9})", OneMessage, {}),
        (r"/api/onyxia/users/([^/]+)/messages", OwnMessages, {}),
        (r"/api/onyxia/users/([^/]+)/messages/(\d{1,9})", OwnMessage, {}),
    ]
