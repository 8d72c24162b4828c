"""The services that run in this hub, and the one refresher that looks after their credentials."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from typing import Any

from jupyterhub.app import JupyterHub

from onyxia_hub.credentials.leases import Lease
from onyxia_hub.credentials.outcome import Outcome
from onyxia_hub.credentials.refresher import Refresher
from onyxia_hub.service_credentials import CredentialsMixin

__all__ = ["RunningService", "refresher", "running_services", "spawners_of"]


class RunningService:
    """A service of this hub that runs, as its credentials' refresher sees it.

    Parameters
    ----------
    spawner
        Its spawner.
    """

    def __init__(self, spawner: Any) -> None:
        self.spawner = spawner

    @property
    def key(self) -> str:
        """The names of user and service, and when it was started."""
        spawner = self.spawner
        return f"{spawner.user.name}/{spawner.name} of {spawner.orm_spawner.started}"

    @property
    def is_new(self) -> bool:
        """Whether this process has launched it."""
        return self.spawner.launch is not None

    @property
    def login_is_away(self) -> bool:
        """Whether the identity provider failed to answer the last time it was asked."""
        return bool(getattr(self.spawner.authenticator, "provider_is_away", False))

    def launch_leases(self) -> Mapping[str, Lease]:
        """Return the leases that it had at its launch."""
        return self.spawner.launch_leases()  # type: ignore[no-any-return]  # any spawner

    def login_mark(self) -> object:
        """Return the user's login as the database holds it, encrypted; empty if there is none."""
        return self.spawner.user.orm_user.encrypted_auth_state or b""

    async def renew(self, names: Collection[str], *, refresh_login: bool) -> Mapping[str, Outcome]:
        """Renew its credentials."""
        spawner: CredentialsMixin = self.spawner
        return await spawner.renew_credentials(names, refresh_login=refresh_login)


def spawners_of(app: Any) -> list[Any]:
    """Return the spawners that a hub knows of.

    Parameters
    ----------
    app
        JupyterHub's application.
    """
    return [spawner for user in app.users.values() for spawner in user.spawners.values()]


def running_services() -> Iterator[RunningService]:
    """Yield the services that run now; one that starts or stops does not."""
    for spawner in spawners_of(JupyterHub.instance()):
        if spawner.ready and isinstance(spawner, CredentialsMixin):
            yield RunningService(spawner)


@cache
def refresher() -> Refresher:
    """Return the refresher of this process."""
    return Refresher(running_services)
