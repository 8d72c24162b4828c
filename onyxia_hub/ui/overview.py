"""Everybody's services, for administrators: the page, and what it shows over REST."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.scopes import needs_scope
from tornado.web import authenticated

from onyxia_hub.errors import AdministratorsOnly, FilterRefused
from onyxia_hub.language import Said, current_language
from onyxia_hub.overview.collect import collect, live_services
from onyxia_hub.overview.selection import Selection
from onyxia_hub.overview.services import Service, as_json
from onyxia_hub.overview.sheet import sheet_of
from onyxia_hub.overview.sums import sums_of
from onyxia_hub.settings import Settings
from onyxia_hub.shared import catalogue_of
from onyxia_hub.store.drafts import LONGEST_TEXT
from onyxia_hub.store.failed_launches import FailedLaunch, by_cause, failures_since

__all__ = ["EverybodysServices", "FailedLaunches", "OverviewPage", "handlers"]

# What the pages of JupyterHub's own panel need (jupyterhub/handlers/pages.py, AdminHandler).
_ADMINISTRATOR = "admin-ui"
_USUAL_LIMIT, _MOST_ROWS = 50, 1000
_USUAL_HOURS, _MOST_HOURS = 24, 30 * 24
# Single launches in one answer; all are counted.
_MOST_LAUNCHES = 100


class OverviewPage(BaseHandler):
    """The page, which its script fills."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self._catalogue = catalogue_of(settings.hub)

    @authenticated
    async def get(self) -> None:
        """Show the page.

        Raises
        ------
        onyxia_hub.errors.AdministratorsOnly
            For anybody else.
        """
        if _ADMINISTRATOR not in self.parsed_scopes:
            raise AdministratorsOnly
        language = current_language()
        self.finish(
            await self.render_template(
                "overview.html",
                user=self.current_user,
                profiles=[
                    (profile.slug, profile.display_name.in_language(language))
                    for profile in self._catalogue
                ],
                longest_text=LONGEST_TEXT,
            )
        )


class EverybodysServices(APIHandler):
    """The services, as rows or as a sheet, and what all of them hold."""

    def initialize(self, settings: Settings) -> None:
        """Take the site's settings."""
        self._catalogue = catalogue_of(settings.hub)

    @needs_scope("list:users")  # type: ignore[untyped-decorator]  # JupyterHub's
    @needs_scope("read:servers")  # type: ignore[untyped-decorator]
    def get(self) -> None:
        """Answer ``{"now": …, "sums": {…}, "total": …, "offset": …, "services": […]}``, or CSV.

        The parameters are those of `Selection.of`, ``offset`` and ``limit``, and ``format=csv``,
        which has no limit. The sums are of all services, whatever is selected.

        Raises
        ------
        onyxia_hub.errors.FilterRefused
            For a parameter that can't be read.
        """
        now = datetime.now(UTC)
        parameters = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        selection = Selection.of(parameters)
        services = self._services()
        wanted = selection.apply(services, now=now)
        if parameters.get("format") == "csv":
            self.set_header("Content-Disposition", 'attachment; filename="services.csv"')
            self.set_header("Content-Type", "text/csv; charset=utf-8")
            self.finish(sheet_of(wanted, now=now))
            return
        offset = _whole(parameters, "offset", usual=0, least=0, most=None)
        limit = _whole(parameters, "limit", usual=_USUAL_LIMIT, least=1, most=_MOST_ROWS)
        self.write(
            json.dumps(
                {
                    "now": now.isoformat(timespec="seconds"),
                    "sums": asdict(sums_of(services)),
                    "total": len(wanted),
                    "offset": offset,
                    "services": [as_json(each) for each in wanted[offset : offset + limit]],
                }
            )
        )

    def _services(self) -> list[Service]:
        language = current_language()
        titles = {
            profile.slug: profile.display_name.in_language(language) for profile in self._catalogue
        }
        return collect(
            self.db,
            dict(live_services(self.users)),
            catalogue=self._catalogue,
            title_of=lambda slug: titles.get(slug, slug),
        )


class FailedLaunches(APIHandler):
    """The launches that failed."""

    @needs_scope("list:users")  # type: ignore[untyped-decorator]  # JupyterHub's
    @needs_scope("read:servers")  # type: ignore[untyped-decorator]
    def get(self) -> None:
        """Answer ``{"now": …, "since": …, "count": …, "by_cause": […], "launches": […]}``.

        The parameter ``hours`` says how far back. Single launches are the latest only.

        Raises
        ------
        onyxia_hub.errors.FilterRefused
            For a parameter that can't be read.
        """
        parameters = {"hours": self.get_query_argument("hours", "")}
        hours = _whole(parameters, "hours", usual=_USUAL_HOURS, least=1, most=_MOST_HOURS)
        now = datetime.now(UTC)
        since = now - timedelta(hours=hours)
        failures = failures_since(self.db, since)
        causes = by_cause(failures)
        self.write(
            json.dumps(
                {
                    "now": now.isoformat(timespec="seconds"),
                    "since": since.isoformat(timespec="seconds"),
                    "count": len(failures),
                    "by_cause": [{**asdict(each), "last": _shown(each.last)} for each in causes],
                    "launches": [_shown(failure) for failure in failures[:_MOST_LAUNCHES]],
                }
            )
        )


def _shown(failure: FailedLaunch) -> dict[str, Any]:
    return {**asdict(failure), "at": failure.at.isoformat(timespec="seconds")}


def _whole(
    parameters: dict[str, str], name: str, *, usual: int, least: int, most: int | None
) -> int:
    """Return a parameter that is a whole number; the usual one if it is left out."""
    text = parameters.get(name) or str(usual)
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
    if number >= least and (most is None or number <= most):
        return number
    fix = (
        Said("Write a whole number {least} or more.", least=least)
        if most is None
        else Said("Write a whole number from {least} to {most}.", least=least, most=most)
    )
    raise FilterRefused(
        parameter=name,
        problem=Said("“{text}” can't be used", text=text[:40]),
        fix=fix,
    )


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    return [
        (r"/onyxia/admin", OverviewPage, {"settings": settings}),
        (r"/api/onyxia/admin/services", EverybodysServices, {"settings": settings}),
        (r"/api/onyxia/admin/failures", FailedLaunches, {}),
    ]
