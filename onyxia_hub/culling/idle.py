"""Until when a service may stay without being used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.settings import CullingSettings

__all__ = ["Idle", "idle_of", "timeout_of"]

_HUB_STARTED = datetime.now(UTC)
# Nobody's activity reached a hub that was away. The gateway reports twice a minute, JupyterHub's
# own single-user server every five minutes (jupyterhub/singleuser/extension.py).
_GRACE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """How long a service that runs may stay as it is.

    Parameters
    ----------
    timeout
        Its limit, in seconds.
    last_activity
        When it was used last (aware, UTC).
    warns_at
        From when on its owner is warned.
    stops_at
        When it is due to be stopped, unless it is used before.
    """

    timeout: float
    last_activity: datetime
    warns_at: datetime
    stops_at: datetime


def timeout_of(
    user_options: object, *, catalogue: Catalogue, culling: CullingSettings
) -> float | None:
    """Return the limit of a service, in seconds.

    Parameters
    ----------
    user_options
        Its options. JupyterHub lets nobody change those of a service that runs.
    catalogue
        All profiles.
    culling
        The site's settings.

    Returns
    -------
    float or None
        ``None`` if it is never stopped, also if that can't be told.
    """
    slug = user_options.get("profile") if isinstance(user_options, dict) else None
    profile = catalogue.get(slug) if isinstance(slug, str) else None
    if not culling.enabled or profile is None:
        return None
    limit = culling.idle_timeout if profile.idle_timeout is None else profile.idle_timeout
    return None if limit == "never" else limit


def idle_of(spawner: Any, *, hub_started: datetime = _HUB_STARTED) -> Idle | None:
    """Return until when a service may stay.

    Parameters
    ----------
    spawner
        A spawner with `onyxia_hub.launch.LaunchMixin`, or what looks like one.
    hub_started
        Since when the hub has been there to hear of activity.

    Returns
    -------
    Idle or None
        ``None`` if it does not run, starts or stops, or has no limit.
    """
    row = spawner.orm_spawner
    if not spawner.ready or spawner.pending:
        return None
    culling = spawner.onyxia_settings.culling
    timeout = timeout_of(spawner.user_options, catalogue=spawner.catalogue, culling=culling)
    used = row.last_activity or row.started
    if timeout is None or used is None:
        return None
    # JupyterHub's database has UTC without saying so.
    last_activity = used.replace(tzinfo=UTC)
    stops_at = last_activity + timedelta(seconds=timeout)
    if row.started is None or row.started.replace(tzinfo=UTC) < hub_started:
        stops_at = max(stops_at, hub_started + _GRACE)
    warning = timedelta(seconds=min(culling.warn_before, timeout / 2))
    return Idle(
        timeout=timeout,
        last_activity=last_activity,
        warns_at=stops_at - warning,
        stops_at=stops_at,
    )
