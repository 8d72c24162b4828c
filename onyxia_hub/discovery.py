"""Services of one owner that find each other, and the rights that they need for it.

A service whose profile publishes a word is found by services of the same owner whose profiles
consume it, if it runs when they are launched. They reach it through the hub's proxy, as browsers
do, with the token that JupyterHub gives each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from onyxia_hub.catalogue.loader import Catalogue

__all__ = ["Published", "chosen", "published_by", "token_scopes", "variables_for"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A service that runs and publishes a word.

    Parameters
    ----------
    word
        Of `onyxia_hub.catalogue.discovery.WORDS`.
    name
        The service's name, empty for the default one.
    path
        Its path at the hub, with a slash at both ends.
    started
        When it was started; the latest counts.
    display_name
        What people call its program.
    """

    word: str
    name: str
    path: str
    started: datetime
    display_name: str


_Variables = Callable[[str, str], Mapping[str, str]]


def _mlflow(address: str, token: str) -> Mapping[str, str]:
    # mlflow/utils/rest_utils.py sends the token as a bearer's.
    return {"MLFLOW_TRACKING_URI": address, "MLFLOW_TRACKING_TOKEN": token}


_VARIABLES: Mapping[str, _Variables] = MappingProxyType({"mlflow": _mlflow})


def published_by(spawners: Iterable[Any], *, catalogue: Catalogue) -> list[Published]:
    """Return what an owner's running services publish.

    Parameters
    ----------
    spawners
        All of the owner's.
    catalogue
        The catalogue.
    """
    found = []
    for spawner in spawners:
        options, started = spawner.user_options, spawner.orm_spawner.started
        slug = options.get("profile") if isinstance(options, Mapping) else None
        profile = catalogue.get(slug) if isinstance(slug, str) else None
        if not spawner.ready or profile is None or started is None:
            continue
        found += [
            Published(
                word=word,
                name=spawner.name,
                path=spawner.server.base_url,
                started=started,
                display_name=profile.display_name.en,
            )
            for word in profile.discovery.publishes
        ]
    return found


def chosen(consumes: Iterable[str], published: Iterable[Published]) -> list[Published]:
    """Return, for each word that is consumed, the service that was started last.

    Parameters
    ----------
    consumes
        Words of the profile that is launched.
    published
        What the owner's services publish.
    """
    wanted = set(consumes) & set(_VARIABLES)
    latest: dict[str, Published] = {}
    for service in sorted(published, key=lambda each: each.started):
        if service.word in wanted:
            latest[service.word] = service
    return list(latest.values())


def variables_for(services: Iterable[Published], *, hub: str, token: str) -> dict[str, str]:
    """Return the variables by which a program finds services; secret, for the token is in them.

    Parameters
    ----------
    services
        What `chosen` returned.
    hub
        Address under which services reach the hub's proxy; only ``scheme://host`` of it counts, for
        a service's path holds the hub's own.
    token
        The consuming service's token of the hub.
    """
    place = urlsplit(hub)
    origin = f"{place.scheme}://{place.netloc}"
    env: dict[str, str] = {}
    for service in services:
        env |= _VARIABLES[service.word](f"{origin}{service.path.rstrip('/')}", token)
    return env


def token_scopes(user: str, published: Iterable[Published]) -> list[str]:
    """Return the scopes of a service's own token.

    As JupyterHub's role ``server``, and access to what the owner's services publish, whatever is
    chosen: a token can't be widened later. Access to all of the owner's services would let guests
    of one service, who may run programs in it, into every other.

    Parameters
    ----------
    user
        The owner.
    published
        What the owner's services publish.
    """
    reached = {f"access:servers!server={user}/{service.name}" for service in published}
    return ["users:activity!user", "access:servers!server", *sorted(reached)]
