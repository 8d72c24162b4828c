"""What the database and the running hub know of all services, in one query for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from jupyterhub import orm
from sqlalchemy import select
from sqlalchemy.orm import Session

from onyxia_hub.catalogue.amounts import saved_amounts
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.culling.idle import idle_of
from onyxia_hub.overview.services import ACTIVE, Service, State
from onyxia_hub.running import RunningService, refresher
from onyxia_hub.store.tables import aware

__all__ = ["Live", "collect", "live_services", "state_of"]

# JupyterHub's words for what a service is about to do. One that the hub has yet to look at after
# its own restart ran before, and so it is shown.
_PENDING = {"spawn": State.STARTING, "stop": State.STOPPING, "check": State.RUNNING}


@dataclass(frozen=True, slots=True)
class Live:
    """What only the running hub knows of a service.

    Parameters
    ----------
    state
        What it does.
    stops_at
        When it is stopped unless somebody uses it (aware, UTC).
    problems
        Sentences on credentials that could not be renewed.
    """

    state: State
    stops_at: datetime | None = None
    problems: Sequence[str] = field(default=())


def state_of(spawner: Any) -> State | None:
    """Return what a spawner's service does; ``None`` if it holds no resources."""
    return State.RUNNING if spawner.ready else _PENDING.get(spawner.pending or "")


def live_services(users: Mapping[int, Any]) -> Iterator[tuple[tuple[int, str], Live]]:
    """Yield the services that run, start or stop, by their user's number and their name.

    Parameters
    ----------
    users
        JupyterHub's users in memory, which are all with such a service.
    """
    for user_id, user in list(users.items()):
        for name, spawner in list(user.spawners.items()):
            state = state_of(spawner)
            if state is None:
                continue
            idle = idle_of(spawner)
            problems = refresher().problems_of(RunningService(spawner))
            yield (
                (user_id, name),
                Live(
                    state,
                    stops_at=idle.stops_at if idle else None,
                    problems=[problem.jupyterhub_message for problem in problems.values()],
                ),
            )


def collect(
    session: Session,
    live: Mapping[tuple[int, str], Live],
    *,
    catalogue: Catalogue,
    title_of: Callable[[str], str],
    user_id: int | None = None,
) -> list[Service]:
    """Return all services of all users, or of one; a record that was never launched is none.

    Parameters
    ----------
    session
        Of JupyterHub's database.
    live
        What `live_services` yields.
    catalogue
        All profiles.
    title_of
        How people call a profile, by its slug.
    user_id
        Number of the one user whose services are wanted.
    """
    spawner = orm.Spawner
    # Columns and no objects: those would be kept, and asked one by one for their user.
    wanted = (
        select(orm.User.name.label("user"), spawner.user_id, spawner.name, spawner.display_name)
        .add_columns(spawner.started, spawner.last_activity, spawner.user_options)
        .join(orm.User, orm.User.id == spawner.user_id)
        .order_by(orm.User.name, spawner.name)
    )
    if user_id is not None:
        wanted = wanted.where(spawner.user_id == user_id)
    rows = session.execute(wanted)
    stopped = Live(State.STOPPED)
    services = (
        _service(row, live.get((row.user_id, row.name), stopped), catalogue, title_of)
        for row in rows
    )
    # JupyterHub has a record for each user's default place, and for each form that was looked at.
    return [each for each in services if each.profile or each.state in ACTIVE]


def _service(row: Any, live: Live, catalogue: Catalogue, title_of: Callable[[str], str]) -> Service:
    options = row.user_options if isinstance(row.user_options, dict) else {}
    slug = options.get("profile")
    slug = slug if isinstance(slug, str) else ""
    amounts = saved_amounts(options, catalogue=catalogue)
    return Service(
        user=row.user,
        name=row.name or "",
        display_name=row.display_name or "",
        profile=slug,
        title=title_of(slug),
        state=live.state,
        started=aware(row.started) if row.started and live.state is not State.STOPPED else None,
        last_activity=aware(row.last_activity) if row.last_activity else None,
        stops_at=live.stops_at,
        cpu_request=float(amounts.cpu_request.value) if amounts else None,
        cpu_limit=float(amounts.cpu_limit.value) if amounts else None,
        memory_request=int(amounts.memory_request.value) if amounts else None,
        memory_limit=int(amounts.memory_limit.value) if amounts else None,
        gpu=amounts.gpu if amounts else None,
        problems=tuple(live.problems),
    )
