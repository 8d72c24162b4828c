"""OpenBao as a part: Raft storage, opened at each start by a key in a file."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from onyxia_hub.demo.identity.files import private_folder, write_private
from onyxia_hub.demo.parts.openbao_api import OpenBaoApi
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.probe import until
from onyxia_hub.demo.programs import clean_environment, find_program
from onyxia_hub.errors import StateFolderUnusable

__all__ = ["JWT_MOUNT", "KV_MOUNT", "ROLE", "OpenBao"]

#: Mount of the KV v2 engine.
KV_MOUNT = "secret"
#: Mount of the JWT auth method.
JWT_MOUNT = "jwt"
#: Role of the JWT auth method.
ROLE = "onyxia-user"

_POLICY = "onyxia-user"
_HOUR = 3600


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenBao:
    """OpenBao's files and addresses.

    Parameters
    ----------
    folder
        Its data and keys.
    port, cluster_port
        Inner ports. Raft remembers the cluster port of the first start but, being alone, talks to
        nobody there, so both may change.
    host
        Address of this machine on which its API listens; the cluster port stays on loopback.
    """

    folder: Path
    port: int
    cluster_port: int
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """Address of its API."""
        return f"http://{self.host}:{self.port}"

    @property
    def root_token_file(self) -> Path:
        """File with the root token."""
        return self.folder / "root-token"

    @property
    def _unseal_key_file(self) -> Path:
        return self.folder / "unseal-key"

    def api(self) -> OpenBaoApi:
        """Return a client with the root token.

        Raises
        ------
        StateFolderUnusable
            If the token's file is lost.
        """
        try:
            token = self.root_token_file.read_text(encoding="utf-8").strip()
        except OSError as cause:
            raise self._lost("root-token", "is missing") from cause
        return OpenBaoApi(self.address, token)

    def write(self) -> None:
        """Write the configuration, and the unseal key of a new OpenBao.

        Raises
        ------
        StateFolderUnusable
            If there is data and its key is lost.
        """
        data = self.folder / "data"
        private_folder(data)
        if not self._unseal_key_file.exists():
            if any(data.iterdir()):
                raise self._lost("unseal-key", "is missing, so OpenBao's data can't be opened")
            # 32 bytes in hex, as the static seal takes them.
            write_private(self._unseal_key_file, secrets.token_hex(32))
        write_private(self.folder / "openbao.json", json.dumps(self._configuration(), indent=1))

    def part(self, *, log: Path) -> Part:
        """Describe the process; `write` comes first."""
        return Part(
            name="openbao",
            label="Secrets (OpenBao)",
            command=(find_program("bao"), "server", "-config=openbao.json"),
            cwd=self.folder,
            log=log,
            env=clean_environment(),
            ready=self.ready,
            ready_timeout=40,
        )

    async def ready(self) -> None:
        """Wait until it is open and active; initialise a new one.

        Raises
        ------
        StateFolderUnusable
            If its root token is lost or no longer works.
        """
        anonymous = OpenBaoApi(self.address)

        async def answers() -> bool:
            return await anonymous.health() in (200, 429, 501, 503)

        async def active() -> bool:
            return await anonymous.health() == 200

        await until(answers)
        if await anonymous.health() == 501:
            write_private(self.root_token_file, await anonymous.initialise() + "\n")
        await until(active)
        if not await self.api().token_works():
            raise self._lost("root-token", "is not accepted by OpenBao")

    async def configure(self, *, issuer: str, jwks_url: str, client_id: str, audience: str) -> None:
        """Set up the KV engine, the JWT login and what users may do; may be called again.

        Parameters
        ----------
        issuer
            Who must have issued the tokens.
        jwks_url
            Where OpenBao itself gets the issuer's keys; it must answer.
        client_id
            The client for which the tokens must have been issued (claim ``azp``).
        audience
            Who the tokens must be meant for.

        Raises
        ------
        OpenBaoRefused
            If OpenBao refuses any of it.
        """
        api = self.api()
        if f"{KV_MOUNT}/" not in await api.read("sys/mounts"):
            await api.write(f"sys/mounts/{KV_MOUNT}", {"type": "kv", "options": {"version": "2"}})
        if f"{JWT_MOUNT}/" not in await api.read("sys/auth"):
            await api.write(f"sys/auth/{JWT_MOUNT}", {"type": "jwt"})
        accessor = (await api.read("sys/auth"))[f"{JWT_MOUNT}/"]["accessor"]
        await api.write(
            f"auth/{JWT_MOUNT}/config",
            {"jwks_url": jwks_url, "bound_issuer": issuer, "default_role": ROLE},
        )
        await api.write(f"sys/policies/acl/{_POLICY}", {"policy": _policy(accessor)})
        await api.write(
            f"auth/{JWT_MOUNT}/role/{ROLE}",
            {
                "role_type": "jwt",
                "user_claim": "preferred_username",
                "groups_claim": "groups",
                "bound_audiences": [audience],
                "bound_claims": {"azp": client_id},
                "token_policies": [_POLICY],
                # Periodic: renewed in time it lives as long as its service; the hub sees to that.
                "token_period": 12 * _HOUR,
            },
        )

    def _configuration(self) -> dict[str, object]:
        # Paths are relative to the folder the process runs in, whatever characters it has.
        return {
            "ui": True,
            "api_addr": self.address,
            "cluster_addr": f"http://127.0.0.1:{self.cluster_port}",
            "storage": {
                "raft": {
                    "path": "data",
                    "node_id": "demo",
                    # The shortest timeouts: active 1.5 s after the first start instead of 8 s.
                    "performance_multiplier": 1,
                }
            },
            "listener": {
                "tcp": {
                    "address": f"{self.host}:{self.port}",
                    "cluster_address": f"127.0.0.1:{self.cluster_port}",
                    "tls_disable": True,
                }
            },
            "seal": {
                "static": {"current_key_id": "demo", "current_key": "file://unseal-key"},
            },
        }

    def _lost(self, name: str, problem: str) -> StateFolderUnusable:
        return StateFolderUnusable(
            path=self.folder / name,
            problem=problem,
            fix=f"Put the file back, or move the folder {self.folder} away: the demo then starts "
            "with no secrets.",
        )


def _policy(accessor: str) -> str:
    user = "{{identity.entity.aliases.%s.name}}" % accessor  # noqa: UP031  # braces are OpenBao's
    rights = {
        f"{KV_MOUNT}/data/{user}/*": ["create", "read", "update", "patch", "delete"],
        f"{KV_MOUNT}/metadata/{user}/*": ["create", "read", "update", "patch", "list", "delete"],
        f"{KV_MOUNT}/metadata/{user}": ["list"],
        f"{KV_MOUNT}/metadata/{user}/": ["list"],
        f"{KV_MOUNT}/subkeys/{user}/*": ["read"],
        f"{KV_MOUNT}/delete/{user}/*": ["update"],
        f"{KV_MOUNT}/undelete/{user}/*": ["update"],
        f"{KV_MOUNT}/destroy/{user}/*": ["update"],
    }
    return json.dumps({"path": {path: {"capabilities": verbs} for path, verbs in rights.items()}})
