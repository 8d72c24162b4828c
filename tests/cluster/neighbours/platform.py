"""Keycloak, OpenBao and SeaweedFS, put together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import psutil

from onyxia_hub.demo.identity.files import private_folder
from onyxia_hub.demo.parts.identity import CLIENT_ID
from onyxia_hub.demo.parts.openbao import JWT_MOUNT, KV_MOUNT, ROLE, OpenBao
from onyxia_hub.demo.parts.openbao_api import OpenBaoRefused
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.parts.seaweedfs import LONGEST_SESSION, REGION, ROLE_ARN, SeaweedFS
from tests.cluster.neighbours.addresses import Addresses
from tests.cluster.neighbours.detached import Detached
from tests.cluster.neighbours.distribution import keycloak_home
from tests.cluster.neighbours.facts import Facts
from tests.cluster.neighbours.keycloak import Keycloak
from tests.cluster.neighbours.keycloak_admin import ADMIN
from tests.cluster.neighbours.realm import REALM, USERS
from tests.cluster.neighbours.relay_part import relay_part
from tests.cluster.trouble import ClusterTrouble

__all__ = ["Platform"]

#: Life, in seconds, of S3 keys for which no other is asked.
SHORT_SESSION = 90
# In the order in which they end.
_NAMES = ("s3-relay", "seaweedfs", "openbao", "keycloak")


class Platform:
    """The neighbours of one hub.

    Parameters
    ----------
    state
        Folder of data, logs, records and ``neighbours.json``.
    cache
        Folder of Keycloak's distribution.
    addresses
        Where they listen.
    say
        Takes one line for the person at the terminal.
    """

    def __init__(
        self, *, state: Path, cache: Path, addresses: Addresses, say: Callable[[str], None]
    ) -> None:
        self._folder = state / "neighbours"
        self._logs = state / "logs"
        self._cache = cache
        self._addresses = addresses
        self._say = say
        self._detached = Detached(run=self._folder / "run", fingerprint=addresses.fingerprint)
        self.facts_file = state / "neighbours.json"

    async def up(self) -> Facts:
        """Start what does not run yet, and wait until all of it is ready and set up.

        Raises
        ------
        ClusterTrouble
            If one can't be started; what this call started is ended then.
        """
        before = {name for name in _NAMES if self._detached.running(name)}
        for name in set(_NAMES) - before:
            self._addresses.check_free(name)
        private_folder(self._folder)
        self._logs.mkdir(parents=True, exist_ok=True)
        home = await asyncio.to_thread(keycloak_home, self._cache, say=self._say)
        addresses = self._addresses
        keycloak = Keycloak(home=home, folder=self._folder / "keycloak", addresses=addresses)
        openbao = OpenBao(
            folder=self._folder / "openbao",
            port=addresses.ports["openbao"],
            cluster_port=addresses.ports["openbao_cluster"],
            host=addresses.host,
        )
        seaweedfs = SeaweedFS(
            folder=self._folder / "seaweedfs",
            ports=addresses.ports,
            issuer=keycloak.issuer,
            jwks_url=keycloak.jwks_url,
            # For tests that wait for it; the hub asks for another one otherwise.
            usual_session=SHORT_SESSION,
        )
        openbao.write()
        seaweedfs.write()
        parts = (
            keycloak.part(log=self._logs / "keycloak.log"),
            openbao.part(log=self._logs / "openbao.log"),
            seaweedfs.part(log=self._logs / "seaweedfs.log"),
            relay_part(
                host=addresses.host,
                port=addresses.ports["s3"],
                target=addresses.ports["seaweedfs_s3"],
                log=self._logs / "s3-relay.log",
            ),
        )
        try:
            await asyncio.gather(*map(self._bring_up, parts))
            # It asks Keycloak for its keys at once.
            await openbao.configure(
                issuer=keycloak.issuer,
                jwks_url=keycloak.jwks_url,
                client_id=CLIENT_ID,
                audience="vault",
            )
        except BaseException as cause:
            await self._end(name for name in _NAMES if name not in before)
            if isinstance(cause, OpenBaoRefused):
                raise ClusterTrouble(f"OpenBao could not be set up: {cause}") from cause
            raise
        facts = self._facts(keycloak, openbao)
        facts.write(self.facts_file)
        return facts

    async def down(self) -> None:
        """End all of them; their data stays."""
        self.facts_file.unlink(missing_ok=True)
        ended = await self._end(_NAMES)
        self._say(f"Ended: {', '.join(ended)}" if ended else "Nothing ran")

    def status(self) -> bool:
        """Tell what runs, and whether all of it does."""
        alive = True
        for name in reversed(_NAMES):
            known = self._detached.running(name)
            if known is None:
                self._say(f"{name}: does not run")
                alive = False
                continue
            # Keycloak's script waits for the program, which is its child.
            family = [psutil.Process(known.pid), *known.relatives()]
            memory = sum(process.memory_info().rss for process in family) // 2**20
            self._say(f"{name}: runs (pid {known.pid}, {memory} MiB)")
        return alive

    async def _bring_up(self, part: Part) -> None:
        began = time.monotonic()
        direct = {
            name: f"{part.env[name]},{self._addresses.host}" for name in ("no_proxy", "NO_PROXY")
        }
        if await self._detached.ensure(replace(part, env={**part.env, **direct})):
            self._say(f"{part.label} ready ({time.monotonic() - began:.1f} s)")
        else:
            self._say(f"{part.label} runs already")

    async def _end(self, names: Iterable[str]) -> list[str]:
        names = list(names)
        ran = await asyncio.gather(*map(self._detached.end, names))
        return [name for name, did in zip(names, ran, strict=True) if did]

    def _facts(self, keycloak: Keycloak, openbao: OpenBao) -> Facts:
        return Facts(
            issuer=keycloak.issuer,
            client_id=CLIENT_ID,
            client_secret_file=str(keycloak.client_secret_file),
            redirect_uri=self._addresses.redirect_uri,
            post_logout_redirect_uri=self._addresses.after_logout,
            keycloak=self._addresses.keycloak,
            realm=REALM,
            keycloak_admin=ADMIN,
            keycloak_admin_password_file=str(keycloak.admin_password_file),
            s3_endpoint=self._addresses.s3,
            s3_region=REGION,
            s3_role_arn=ROLE_ARN,
            s3_duration=LONGEST_SESSION,
            vault_address=openbao.address,
            vault_auth_mount=JWT_MOUNT,
            vault_role=ROLE,
            vault_kv_mount=KV_MOUNT,
            vault_root_token_file=str(openbao.root_token_file),
            users={user: {"password": user, "groups": list(g)} for user, g in USERS.items()},
        )
