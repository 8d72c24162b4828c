"""A user's own services as “My services” shows them: what they do, their logs, the quota."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import needs_scope
from jupyterhub.user import User
from tornado.web import HTTPError

from onyxia_hub.catalogue.amounts import amounts_in_words, saved_amounts
from onyxia_hub.catalogue.units import say
from onyxia_hub.errors import NameRefused
from onyxia_hub.language import Said, current_language, for_reader, text_in
from onyxia_hub.overview.collect import collect, live_services
from onyxia_hub.overview.services import Service, as_json
from onyxia_hub.quota import Gauge
from onyxia_hub.ui.known_user import OfOneUser

__all__ = ["OwnQuota", "OwnServices", "ServiceLog", "ServiceName", "handlers"]

# JupyterHub's column (jupyterhub/orm.py, Spawner.display_name).
_LONGEST_NAME = 255


class OwnServices(OfOneUser):
    """All services of a user, running or not."""

    @needs_scope("read:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    def get(self, user_name: str) -> None:
        """Answer ``{"now": …, "services": […]}``; times and words as the page needs them.

        Parameters
        ----------
        user_name
            Whose.
        """
        user = self.user_of(user_name)
        catalogue = user.spawner.catalogue
        language = current_language()

        def title_of(slug: str) -> str:
            profile = catalogue.get(slug)
            return profile.display_name.in_language(language) if profile else slug

        services = collect(
            self.db,
            dict(live_services({user.id: user})),
            catalogue=catalogue,
            title_of=title_of,
            user_id=user.id,
        )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.write(
            json.dumps(
                {"now": now, "services": [_shown(user, each, language) for each in services]}
            )
        )


def _shown(user: User, service: Service, language: str) -> dict[str, Any]:
    spawner = user.spawners[service.name]
    amounts = saved_amounts(spawner.user_options, catalogue=spawner.catalogue)
    launch = spawner.launch if spawner.active else None
    return {
        **as_json(service),
        "url": user.server_url(service.name) if spawner.ready else None,
        "amounts": amounts_in_words(amounts, language) if amounts else None,
        "missing": [for_reader(why) for why in launch.missing.values()] if launch else [],
        "shared": bool(spawner.orm_spawner.shares),
    }


class ServiceLog(OfOneUser):
    """What a service writes, and what the platform did with it; secrets are taken out."""

    @needs_scope("access:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str, server_name: str = "") -> None:
        """Answer ``{"lines": […], "happenings": […]}``.

        Parameters
        ----------
        user_name
            Whose service.
        server_name
            Which; the default one if empty.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the platform does not tell.
        """
        user = self.user_of(user_name)
        if server_name not in user.orm_user.orm_spawners:
            raise HTTPError(404, f"{user_name} has no service “{server_name or 'default'}”.")
        log = await user.spawners[server_name].live_log()
        self.set_header("Cache-Control", "no-store")
        self.write(json.dumps(asdict(log)))


class ServiceName(OfOneUser):
    """How a service is called. Its address stays."""

    @needs_scope("servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    def put(self, user_name: str, server_name: str) -> None:
        """Take ``{"display_name": …}``; also of a service that runs.

        JupyterHub's own ``PATCH …/servers/…`` refuses those, because it may move a service too.

        Parameters
        ----------
        user_name
            Whose service.
        server_name
            Which.

        Raises
        ------
        onyxia_hub.errors.NameRefused
            If it is no name.
        """
        user = self.user_of(user_name)
        if not server_name or server_name not in user.orm_user.orm_spawners:
            raise HTTPError(404, f"{user_name} has no service “{server_name or 'default'}”.")
        body = self.get_json_body()
        name = body.get("display_name") if isinstance(body, dict) else None
        if not isinstance(name, str) or not name.strip():
            raise NameRefused(problem=Said("is empty"))
        name = " ".join(name.split())
        if len(name) > _LONGEST_NAME:
            raise NameRefused(problem=Said("has {count} characters", count=len(name)))
        if not name.isprintable():
            raise NameRefused(problem=Said("has characters that can't be shown"))
        user.orm_user.orm_spawners[server_name].display_name = name
        self.db.commit()
        self.set_status(204)


class OwnQuota(OfOneUser):
    """How much of what a user may have is used."""

    @needs_scope("read:servers")  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer ``{"gauges": […]}``; empty where there is no limit.

        Parameters
        ----------
        user_name
            Whose.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the platform does not tell.
        """
        gauges = await self.user_of(user_name).spawner.quota()
        language = current_language()
        self.write(json.dumps({"gauges": [_gauge(gauge, language) for gauge in gauges]}))


def _gauge(gauge: Gauge, language: str) -> dict[str, Any]:
    share = float(gauge.used / gauge.limit) if gauge.limit else 1.0
    left = max(gauge.limit - gauge.used, Decimal(0))
    return {
        "name": gauge.name,
        "label": text_in(language, gauge.name),
        "used": _said(gauge.used, gauge, language),
        "limit": _said(gauge.limit, gauge, language),
        "left": float(left),
        "left_words": _said(left, gauge, language),
        "option": gauge.option,
        "share": round(min(share, 1.0), 3),
    }


def _said(value: Decimal, gauge: Gauge, language: str) -> str:
    if gauge.unit is not None and value:
        return say(value, gauge.unit, language)
    return f"{value.normalize():f}"


def handlers() -> list[tuple[str, type[APIHandler], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``."""
    return [
        (r"/api/onyxia/users/([^/]+)/services", OwnServices, {}),
        (r"/api/onyxia/users/([^/]+)/quota", OwnQuota, {}),
        (r"/api/onyxia/users/([^/]+)/servers/([^/]*)/log", ServiceLog, {}),
        (r"/api/onyxia/users/([^/]+)/server/log", ServiceLog, {}),
        (r"/api/onyxia/users/([^/]+)/servers/([^/]+)/name", ServiceName, {}),
    ]
