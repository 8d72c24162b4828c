"""Keeps the credentials of all running services fresh.

One task in the hub, with no store of its own: what runs is what the hub knows anyway, and a
service's credentials are read only when they are due. It knows nothing of JupyterHub.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Protocol

from onyxia_hub.credentials import metrics
from onyxia_hub.credentials.base import Credentials
from onyxia_hub.credentials.leases import Lease
from onyxia_hub.credentials.outages import Outages, is_outage
from onyxia_hub.credentials.outcome import Outcome
from onyxia_hub.credentials.schedule import Record, spread
from onyxia_hub.errors import (
    CredentialError,
    CredentialsGone,
    DatabaseAway,
    KubernetesAway,
    LaunchError,
    LoginExpired,
    LoginNotRefreshed,
)

__all__ = ["Refresher", "Service"]

_log = logging.getLogger(__name__)

# Renewals at the same time.
_AT_ONCE = 20
# Seconds between two looks at what is due.
_PAUSE = 1.0
# Longest time, in seconds, of one renewal: several neighbours are asked, each in its own time.
_LONGEST = 90.0
# Neighbours that are no providers.
_LOGIN, _CLUSTER = "the identity provider", "the cluster"
# Failures that say nothing about the provider, which may not even have been asked.
_ABOUT_OTHERS = (
    CredentialsGone,
    DatabaseAway,
    KubernetesAway,
    LoginExpired,
    LoginNotRefreshed,
)


class Service(Protocol):
    """A running service, as the refresher sees it."""

    @property
    def key(self) -> str:
        """Its name; another one when it has been started anew."""

    @property
    def is_new(self) -> bool:
        """Whether this process has launched it."""

    @property
    def login_is_away(self) -> bool:
        """Whether the identity provider failed to answer the last time it was asked."""

    def launch_leases(self) -> Mapping[str, Lease]:
        """Return the leases, by provider, that it had at its launch; empty if it has none."""

    def login_mark(self) -> object:
        """Return something that changes with its user's login."""

    async def renew(self, names: Collection[str], *, refresh_login: bool) -> Mapping[str, Outcome]:
        """Renew what it holds of some providers; never raises but for what nobody foresaw.

        Parameters
        ----------
        names
            The providers.
        refresh_login
            Whether the identity provider may be asked.
        """


class Refresher:
    """Renews at half of the life, tries again what failed, and spares neighbours that are away.

    Parameters
    ----------
    services
        Returns the services that run now.
    """

    def __init__(self, services: Callable[[], Iterable[Service]]) -> None:
        self._services = services
        self._records: dict[str, Record] = {}
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._outages = Outages()

    async def run(self) -> None:
        """Go on for ever; no fault of one look ends the next."""
        metrics.leases.watch(lambda: [record.leases for record in self._records.values()])
        while True:
            try:
                self.look()
            except Exception as fault:  # noqa: BLE001  # whatever it is, the hub goes on
                _log.error("Services could not be looked after: %s", type(fault).__name__)
            await asyncio.sleep(_PAUSE)

    def look(self) -> None:
        """Start the renewals that are due."""
        now = datetime.now(UTC)
        running = {service.key: service for service in self._services()}
        self._take_up(running, now)
        due = [key for key, record in self._records.items() if _is_due(record, running[key], now)]
        for key in sorted(due, key=lambda key: self._records[key].due_at):
            if len(self._under_way) >= _AT_ONCE:
                return
            if key not in self._under_way:
                self._start_due(running[key], self._records[key], now)

    def _take_up(self, running: Mapping[str, Service], now: datetime) -> None:
        for gone in self._records.keys() - running.keys():
            del self._records[gone]
        found = []
        for key in running.keys() - self._records.keys():
            record = _record_of(running[key])
            if record is None:
                continue
            self._records[key] = record
            if not running[key].is_new:
                found.append(record)
        spread(found, now=now)

    def record_of(self, service: Service) -> Record | None:
        """Return what is known of a running service; ``None`` if it has no credentials."""
        return self._records.get(service.key) or _record_of(service)

    def problems_of(self, service: Service) -> Mapping[str, LaunchError]:
        """Return why some of a service's credentials were not renewed, by provider."""
        record = self._records.get(service.key)
        return record.problems if record is not None else {}

    async def renew_now(self, service: Service) -> Record | None:
        """Renew everything that a service holds, whenever it is due.

        Somebody waits for it, so neighbours are asked that were away a moment ago.

        Parameters
        ----------
        service
            A running one.

        Returns
        -------
        Record or None
            What is known of it now; ``None`` if it has no credentials.
        """
        if service.key not in self._records and (record := _record_of(service)) is not None:
            self._records[service.key] = record
        while (other := self._under_way.get(service.key)) is not None:
            await asyncio.wait([other])
        record = self._records.get(service.key)
        if record is not None:
            # Shielded: who asked may go away, but what was begun is finished.
            await asyncio.shield(self._start(service, record, set(record.leases), login=True))
        return record

    def _start_due(self, service: Service, record: Record, now: datetime) -> None:
        """Start a renewal with those neighbours that are there."""
        clock = time.monotonic()
        if not self._outages.lets(_CLUSTER, now=clock):
            return
        names = {name for name in record.due(now) if self._outages.lets(name, now=clock)}
        if not names:
            self._outages.untried(_CLUSTER)
            return
        self._start(service, record, names, login=self._outages.lets(_LOGIN, now=clock))

    def _start(
        self, service: Service, record: Record, names: set[str], *, login: bool
    ) -> asyncio.Task[None]:
        key = service.key
        task = asyncio.create_task(self._renew(service, record, names, login=login))
        self._under_way[key] = task
        task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return task

    async def _renew(
        self, service: Service, record: Record, names: set[str], *, login: bool
    ) -> None:
        outcomes: Mapping[str, Outcome]
        async with self._gate:
            try:
                async with asyncio.timeout(_LONGEST):
                    outcomes = await service.renew(names, refresh_login=login)
            except Exception as fault:  # noqa: BLE001  # one service must not end the others
                # Its text may quote a token.
                _log.error("The renewal for %s failed with %s", service.key, type(fault).__name__)
                outcomes = {name: CredentialError(provider=name) for name in names}
        self._tell_outages(service, names, outcomes, asked_login=login)
        self._tell_record(service, record, names, outcomes)

    def _tell_outages(
        self,
        service: Service,
        names: set[str],
        outcomes: Mapping[str, Outcome],
        *,
        asked_login: bool,
    ) -> None:
        now = time.monotonic()
        if asked_login and service.login_is_away:
            self._outages.failed(_LOGIN, now=now)
        elif asked_login:
            self._outages.answered(_LOGIN)
        if any(isinstance(each, KubernetesAway) for each in outcomes.values()):
            self._outages.failed(_CLUSTER, now=now)
        elif all(isinstance(each, _ABOUT_OTHERS) for each in outcomes.values()):
            self._outages.untried(_CLUSTER)
        else:
            self._outages.answered(_CLUSTER)
        for name in names:
            outcome = outcomes.get(name)
            if isinstance(outcome, _ABOUT_OTHERS) or outcome is None:
                self._outages.untried(name)
            elif isinstance(outcome, LaunchError) and is_outage(outcome):
                self._outages.failed(name, now=now)
            else:
                self._outages.answered(name)

    def _tell_record(
        self,
        service: Service,
        record: Record,
        names: set[str],
        outcomes: Mapping[str, Outcome],
    ) -> None:
        now = datetime.now(UTC)
        leases, problems = {}, {}
        for name, outcome in outcomes.items():
            metrics.count_renewal(name, outcome)
            if isinstance(outcome, Credentials):
                leases[name] = Lease.of(outcome)
            else:
                problems[name] = outcome
                _log.warning("No new %s access for %s: %s", name, service.key, outcome.message)
        for name in names - outcomes.keys():
            # The service turned out to hold nothing of it.
            record.drop(name)
        if leases:
            record.succeeded(leases, now=now)
        if any(isinstance(problem, LoginExpired) for problem in problems.values()):
            record.login_ended(service.login_mark(), problems, now=now)
        elif problems:
            record.failed(problems, now=now)


def _is_due(record: Record, service: Service, now: datetime) -> bool:
    if record.due_at <= now:
        return True
    return record.ended_login is not None and record.ended_login != service.login_mark()


def _record_of(service: Service) -> Record | None:
    leases = service.launch_leases()
    return Record.of(leases) if leases else None
