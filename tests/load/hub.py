"""A hub of this machine whose services are pods on KWOK's nodes, with its real neighbours."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import yaml

from onyxia_hub.demo.identity.passwords import hash_password
from tests.load.account import account, account_name
from tests.load.pods import AnsweringPods
from tests.load.side import EACH, LoadSide, names_of
from tests.support.hub_and_neighbours import HubAndNeighbours
from tests.support.spawning import write_profile

__all__ = ["LoadHub"]

_NAMESPACE = "onyxia-load"
# Of all services.
_PROFILE = "pod"
_LIFE = 900


class LoadHub(HubAndNeighbours):
    """The hub.

    Parameters
    ----------
    folder
        Empty folder for its files.
    services
        How many there will be.
    """

    def __init__(self, folder: Path, *, services: int) -> None:
        super().__init__(folder, life=_LIFE, access_token_life=36_000)
        self.services = services
        self._names = names_of(services)
        self._pods = AnsweringPods()
        self._more = contextlib.ExitStack()
        self.identity.folder.mkdir(mode=0o700, exist_ok=True)
        self._write_users()
        write_profile(self.hub.folder / "profiles", _PROFILE)

    def __enter__(self) -> Self:
        try:
            self._more.enter_context(self._pods)
            kubeconfig = self._more.enter_context(account(_NAMESPACE, folder=self.hub.folder))
            self.hub.environment["KUBECONFIG"] = str(kubeconfig)
        except BaseException:
            self._more.close()
            raise
        # Ends itself, by `__exit__`, if it can't be started.
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        try:
            super().__exit__()
        finally:
            self._more.close()

    def _write_users(self) -> None:
        with ThreadPoolExecutor() as pool:
            passwords = list(pool.map(hash_password, self._names))
        users = {
            name: {"name": name, "email": f"{name}@example.org", "password": password}
            for name, password in zip(self._names, passwords, strict=True)
        }
        (self.identity.folder / "users.yaml").write_text(yaml.safe_dump({"users": users}))

    def _configure_hub(self) -> None:
        super()._configure_hub()
        folder = self.hub.folder
        file = folder / "settings.yaml"
        settings: dict[str, Any] = yaml.safe_load(file.read_text())
        del settings["local"]
        settings["hub"] |= {
            "platform": "kubernetes",
            "connect_url": self.url,
            "services_per_user": EACH,
        }
        settings["s3"]["create_bucket"] = False
        settings["s3"]["timeout"] = settings["vault"]["timeout"] = settings["oidc"]["timeout"] = 30
        settings["kubernetes"] = {"namespaces": "single", "namespace": _NAMESPACE}
        file.write_text(yaml.safe_dump(settings))
        with (folder / "jupyterhub_config.py").open("a") as config:
            config.write(
                self._pods.configuration(module="onyxia_hub.spawner", spawner="OnyxiaSpawner")
            )

    # -- what the benches do

    def side(self) -> LoadSide:
        """Log everybody in, and return the hub as the load sees one."""
        with ThreadPoolExecutor(8) as pool:
            people = list(pool.map(self.log_in, self._names))
        return LoadSide(
            name="onyxia",
            hub=self.hub,
            account=account_name(_NAMESPACE),
            tokens={person.name: person.token for person in people},
            options={"profile": _PROFILE},
            services=self.services,
        )

    def renewed(self) -> dict[str, float]:
        """Return how many renewals there were since the hub started, by provider."""
        found = {}
        for line in self.hub.api("GET", "../metrics").text.splitlines():
            for name in ("s3", "vault"):
                if line.startswith(f'onyxia_credentials_renewed_total{{provider="{name}"}}'):
                    found[name] = float(line.split()[-1])
        return found
