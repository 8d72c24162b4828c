"""The credentials of a user's running services: how they are, renewing and revoking them.

No answer holds a credential, nor anything of the login behind it.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import define_custom_scopes, needs_scope
from jupyterhub.user import User
from tornado.web import HTTPError

from onyxia_hub.credentials.schedule import Record
from onyxia_hub.own_vault import end_own_access
from onyxia_hub.running import RunningService, refresher, running_services
from onyxia_hub.settings import Settings
from onyxia_hub.ui.known_user import OfOneUser

__all__ = [
    "CHANGE_SCOPE",
    "USER_SCOPES",
    "CredentialStatus",
    "RenewNow",
    "RevokeAll",
    "handlers",
]

_READ, CHANGE_SCOPE = "custom:onyxia:read:credentials", "custom:onyxia:credentials"
# Here and not by ``JupyterHub.custom_scopes``: `needs_scope` must know them, and that trait is the
# site's own.
define_custom_scopes(
    {
        _READ: {"description": "See when the S3 and Vault access of running services ends."},
        CHANGE_SCOPE: {
            "description": "Renew and revoke the S3 and Vault access of running services.",
            "subscopes": [_READ],
        },
    }
)
#: What users may do with their own.
USER_SCOPES = frozenset({f"{CHANGE_SCOPE}!user"})
# Administrators' role can't be given more scopes, so what they have counts too.
_OF_ADMINISTRATORS = "admin:users"


class _Credentials(OfOneUser):
    """What the three have in common."""

    def answer(self, user: User) -> None:
        """Write the state of a user's running services."""
        services = _services_of(user)
        self.write(
            json.dumps(
                {
                    "now": _text(datetime.now(UTC)),
                    "login_ended": any(
                        (record := refresher().record_of(service)) is not None
                        and record.ended_login is not None
                        for service in services
                    ),
                    "servers": {
                        service.spawner.name: _state_of(service, refresher().record_of(service))
                        for service in services
                    },
                }
            )
        )


class CredentialStatus(_Credentials):
    """How the credentials of a user's running services are."""

    @needs_scope(_READ, _OF_ADMINISTRATORS)  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self, user_name: str) -> None:
        """Answer ``{"now": …, "login_ended": …, "servers": {name: {…}}}``.

        Parameters
        ----------
        user_name
            Whose.
        """
        self.answer(self.user_of(user_name))


class RenewNow(_Credentials):
    """Renews the credentials of a user's running services now."""

    @needs_scope(CHANGE_SCOPE, _OF_ADMINISTRATORS)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Renew, and answer as `CredentialStatus`; what failed has its sentence there.

        Parameters
        ----------
        user_name
            Whose. The body ``{"server": name}`` names one service; without, all are renewed.
        """
        user = self.user_of(user_name)
        body = self.get_json_body() or {}
        wanted = body.get("server") if isinstance(body, dict) else body
        if wanted is not None and not isinstance(wanted, str):
            raise HTTPError(400, 'Send {"server": "name of the service"}, or nothing for all.')
        services = _services_of(user)
        if wanted is not None:
            services = [service for service in services if service.spawner.name == wanted]
            if not services:
                raise HTTPError(404, f"{user.name} has no running service “{wanted or 'default'}”.")
        await asyncio.gather(*(refresher().renew_now(service) for service in services))
        self.answer(user)


class RevokeAll(_Credentials):
    """Revokes the credentials of all running services of a user."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self._settings = settings

    @needs_scope(CHANGE_SCOPE, _OF_ADMINISTRATORS)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Revoke the Vault tokens, forget the login, and answer as `CredentialStatus`.

        Nothing is renewed before the user's next login. S3 keys end by themselves, for no STS can
        take them back: the answer says when.

        Parameters
        ----------
        user_name
            Whose.
        """
        user = self.user_of(user_name)
        # The login first: nothing may be renewed behind it.
        await user.save_auth_state(None)
        services = _services_of(user)
        await asyncio.gather(
            end_own_access(user.name, self._settings),
            *(service.spawner.end_credentials() for service in services),
        )
        # Finds that the login has ended, and notes it.
        await asyncio.gather(*(refresher().renew_now(service) for service in services))
        self.log.warning("%s revoked all credentials of %s", self.current_user.name, user.name)
        self.answer(user)


def _services_of(user: User) -> list[RunningService]:
    return [service for service in running_services() if service.spawner.user.name == user.name]


def _state_of(service: RunningService, record: Record | None) -> dict[str, Any]:
    spawner = service.spawner
    slug = spawner.user_options.get("profile") if isinstance(spawner.user_options, dict) else None
    profile = spawner.catalogue.get(slug) if isinstance(slug, str) else None
    credentials = {}
    for name, lease in sorted(record.leases.items()) if record else ():
        problem = record.problems.get(name) if record else None
        credentials[name] = {
            "expires_at": _text(lease.expires_at),
            # The program reads its keys once, at its start.
            "static": bool(profile and name == "s3" and profile.credentials.s3 == "static"),
            "problem": problem.jupyterhub_message if problem else None,
        }
    return {
        "display_name": spawner.orm_spawner.display_name,
        "profile": slug,
        "renewed_at": _text(record.renewed_at) if record and record.renewed_at else None,
        "login_ended": bool(record and record.ended_login is not None),
        "credentials": credentials,
    }


def _text(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def handlers(settings: Settings) -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    return [
        (r"/api/onyxia/users/([^/]+)/credentials", CredentialStatus, {}),
        (r"/api/onyxia/users/([^/]+)/credentials/renew", RenewNow, {}),
        (r"/api/onyxia/users/([^/]+)/credentials/revoke", RevokeAll, {"settings": settings}),
    ]
