"""A real hub with its real neighbours, each behind a door; credentials of a short life."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

import psutil
import yaml

from onyxia_hub.demo.parts.identity import identity_part
from onyxia_hub.demo.parts.openbao import JWT_MOUNT, KV_MOUNT, ROLE, OpenBao
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.parts.seaweedfs import REGION, ROLE_ARN, SeaweedFS
from onyxia_hub.demo.ports import choose_ports
from tests.support.door import Door
from tests.support.hub import Person
from tests.support.lone_hub import LoneHub
from tests.support.platform import Identity, Servers, configured

# The hub's own login, in place of the lone hub's password for all.
_OWN_LOGIN = ("c.JupyterHub.authenticator_class", "c.DummyAuthenticator")


class HubAndNeighbours:
    """Identity provider, OpenBao, SeaweedFS and a hub whose services are processes.

    Parameters
    ----------
    folder
        Empty folder for its files.
    life
        Of S3 keys and Vault tokens, in seconds.
    access_token_life
        Of the login's access tokens, in seconds.
    """

    def __init__(self, folder: Path, *, life: int, access_token_life: int) -> None:
        self.life = life
        self.ports = choose_ports(None)
        self.folder = folder
        (folder / "hub").mkdir(parents=True)
        self.hub = LoneHub(folder / "hub", culling={"enabled": False})
        self._stack = contextlib.ExitStack()
        address = f"http://127.0.0.1:{self.ports['idp']}"
        self.login_door = self._stack.enter_context(Door(address))
        self.identity = _IdentityBehindADoor(
            folder / "idp",
            port=self.ports["idp"],
            door=self.login_door.address,
            hub=f"http://127.0.0.1:{self.hub.port}",
            access_token_life=access_token_life,
        )
        self.seaweedfs = SeaweedFS(
            folder=folder / "seaweedfs",
            ports=self.ports,
            issuer=self.identity.issuer,
            jwks_url=self.identity.jwks_url,
            usual_session=life,
        )
        self.openbao = OpenBao(
            folder=folder / "openbao",
            port=self.ports["openbao"],
            cluster_port=self.ports["openbao_cluster"],
        )
        self.sts_door = self._stack.enter_context(Door(self.seaweedfs.endpoint))
        self.vault_door = self._stack.enter_context(Door(self.openbao.address))
        self.servers = Servers(folder / "servers")

    def __enter__(self) -> Self:
        logs = self.servers.folder / "logs"
        self.openbao.write()
        self.seaweedfs.write()
        try:
            self.servers.start(
                self.identity.part(log=logs / "idp.log"),
                self.openbao.part(log=logs / "openbao.log"),
                self.seaweedfs.part(log=logs / "seaweedfs.log"),
            )
            self.servers.run(configured(self.openbao, self.identity))
            self._shorten_vault_tokens()
            self._configure_hub()
            self.hub.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.hub.stop()
        finally:
            self.servers.stop()
            self._stack.close()

    def _shorten_vault_tokens(self) -> None:
        path = f"auth/{JWT_MOUNT}/role/{ROLE}"
        api = self.openbao.api()
        role = self.servers.run(api.read(path))
        self.servers.run(api.write(path, {**role, "token_period": self.life}))

    def _configure_hub(self) -> None:
        folder = self.hub.folder
        config = folder / "jupyterhub_config.py"
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if not line.startswith(_OWN_LOGIN)))
        (folder / "client-secret").write_text(self.identity.client_secret)
        file = folder / "settings.yaml"
        settings: dict[str, Any] = yaml.safe_load(file.read_text())
        settings["hub"]["public_url"] = f"http://127.0.0.1:{self.hub.port}"
        settings["oidc"] = {
            "issuer": self.identity.issuer,
            "client_id": self.identity.client_id,
            "client_secret_file": "client-secret",
            "admin_groups": ["admins"],
            "timeout": 2,
        }
        settings["s3"] = {
            "endpoint": self.seaweedfs.endpoint,
            "sts_endpoint": self.sts_door.address,
            "region": REGION,
            "role_arn": ROLE_ARN,
            "create_bucket": True,
            "duration": 0,
            "timeout": 2,
        }
        settings["vault"] = {
            "address": self.vault_door.address,
            "auth_mount": JWT_MOUNT,
            "role": ROLE,
            "kv_mount": KV_MOUNT,
            "timeout": 2,
        }
        file.write_text(yaml.safe_dump(settings))

    # -- the hub

    @property
    def url(self) -> str:
        """Address of the hub."""
        return f"http://127.0.0.1:{self.hub.port}"

    def log_in(self, name: str) -> Person:
        """Return somebody who has just logged in."""
        return Person(self.url, name)

    def restart_hub(self) -> None:
        """End the hub as a crash would, and start it again: its services run on."""
        assert self.hub.process is not None
        self.hub.process.send_signal(signal.SIGKILL)
        self.hub.process.wait(10)
        self.hub.start()

    def environment(self, person: Person, server: str) -> dict[str, str]:
        """Return the environment that a running service was started with."""
        place = self.hub.folder / "state" / "services" / person.name / server / "credentials"
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                env = process.environ()
                if env.get("AWS_CONFIG_FILE", "").startswith(str(place)):
                    return env
        raise AssertionError(f"{person.name}/{server} does not run")

    # -- its neighbours

    def freeze(self, part: str) -> None:
        """Stop a neighbour with SIGSTOP."""
        os.kill(self.servers.pid_of(part), signal.SIGSTOP)

    def thaw(self, part: str) -> None:
        """Let it go on."""
        os.kill(self.servers.pid_of(part), signal.SIGCONT)

    def kill(self, part: str) -> None:
        """End a neighbour with SIGKILL; whatever looks after it starts it again."""
        os.kill(self.servers.pid_of(part), signal.SIGKILL)

    def write_to_vault(self, path: str, body: dict[str, Any]) -> None:
        """Write to the Vault's API with all rights."""
        self.servers.run(self.openbao.api().write(path, body))


class _IdentityBehindADoor(Identity):
    def __init__(
        self, folder: Path, *, port: int, door: str, hub: str, access_token_life: int
    ) -> None:
        super().__init__(folder, port=port)
        self.issuer = self.issuer.replace(f"http://127.0.0.1:{port}", door)
        self._hub = hub
        self._life = access_token_life

    def part(self, *, log: Path) -> Part:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        part = identity_part(
            folder=self.folder,
            log=log,
            port=urlsplit(self.jwks_url).port or 0,
            issuer=self.issuer,
            path=urlsplit(self.issuer).path,
            public_url=self._hub,
        )
        return replace(part, command=(*part.command, "--access-token-life", str(self._life)))


def credentials(person: Person, server: str) -> dict[str, Any]:
    """Return what the REST API says of a service's credentials."""
    answer = person.api("GET", f"onyxia/users/{person.name}/credentials")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()["servers"][server]
    return found


def wait(what: str, condition: Callable[[], bool], *, seconds: float) -> None:
    """Wait until a condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.5)
