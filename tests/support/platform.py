"""The demo's own identity provider, OpenBao and SeaweedFS, without the hub and the proxy."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Coroutine, Iterable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests

from onyxia_hub.demo.children import Children
from onyxia_hub.demo.identity.keys import SigningKeys
from onyxia_hub.demo.identity.tokens import person_claims
from onyxia_hub.demo.identity.users import Users
from onyxia_hub.demo.parts.identity import (
    CLIENT_ID,
    client_secret_file,
    identity_part,
    jwks_url,
)
from onyxia_hub.demo.parts.openbao import JWT_MOUNT, KV_MOUNT, ROLE, OpenBao
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.parts.seaweedfs import REGION, ROLE_ARN, SeaweedFS
from onyxia_hub.demo.ports import choose_ports
from onyxia_hub.demo.supervisor import Supervisor
from onyxia_hub.settings import S3Settings, VaultSettings
from tests.support.identity_client import CALLBACK, Browser, returned

_T = TypeVar("_T")
_PATH = "/auth"


class Loop:
    """An event loop in a thread of its own, for parts that outlive a test's loop."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        # The kernel ends a child when the thread that started it ends: this one stays to the last.
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine there and return its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(120)

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Servers:
    """Parts of the demo below one folder, started by the demo's supervisor."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._loop = Loop()
        for name in ("run", "logs"):
            (folder / name).mkdir(parents=True)

        async def supervisor() -> Supervisor:
            children = Children(run=folder / "run")
            return Supervisor(say=self.lines.append, children=children)

        self._supervisor = self._loop.run(supervisor())

    def start(self, *parts: Part) -> None:
        """Start parts together and wait until all are ready."""

        async def all_of_them() -> None:
            async with asyncio.TaskGroup() as group:
                for part in parts:
                    group.create_task(self._supervisor.start(part))

        self._loop.run(all_of_them())

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """Run a coroutine in the supervisor's loop."""
        return self._loop.run(coroutine)

    def pid_of(self, name: str) -> int:
        """Return the pid of a part."""
        return self._supervisor.pid_of(name)

    def stop(self) -> None:
        """End all parts."""
        try:
            self._loop.run(self._supervisor.stop())
        finally:
            self._loop.close()


class Identity:
    """The demo's identity provider: real logins, and tokens made to measure with its real key."""

    def __init__(self, folder: Path, *, port: int) -> None:
        self.folder = folder
        self.issuer = f"http://127.0.0.1:{port}{_PATH}"
        self.jwks_url = jwks_url(port=port, path=_PATH)
        self.client_id = CLIENT_ID
        self._port = port

    def part(self, *, log: Path) -> Part:
        """Describe the process."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        public = urlsplit(CALLBACK)
        return identity_part(
            folder=self.folder,
            log=log,
            port=self._port,
            issuer=self.issuer,
            path=_PATH,
            public_url=f"{public.scheme}://{public.netloc}",
        )

    @property
    def client_secret(self) -> str:
        """The client's secret."""
        return client_secret_file(self.folder).read_text(encoding="utf-8").strip()

    def tokens(
        self,
        username: str,
        *,
        lifetime: int = 300,
        audience: Iterable[str] = ("s3", "vault"),
        issued_at: int | None = None,
        issuer: str | None = None,
    ) -> dict[str, Any]:
        """Return tokens as the provider would issue them, signed with its key.

        Parameters
        ----------
        username
            One of the provider's users.
        lifetime
            Seconds; negative for tokens that are over.
        audience
            ``aud`` of the access token.
        issued_at
            Seconds since 1970; now if left out.
        issuer
            ``iss``; the provider's own if left out.
        """
        user = Users(file=self.folder / "users.yaml").get(username)
        assert user is not None, username
        keys = SigningKeys.load(self.folder)
        now = int(time.time()) if issued_at is None else issued_at
        usual = {
            "iss": issuer or self.issuer,
            "azp": self.client_id,
            "iat": now,
            "exp": now + lifetime,
            "auth_time": now,
            **person_claims(user),
        }
        access = {**usual, "aud": list(audience), "typ": "Bearer", "scope": "openid profile email"}
        return {
            "access_token": keys.sign(access),
            "id_token": keys.sign({**usual, "aud": self.client_id}),
            "token_type": "Bearer",
            "expires_in": lifetime,
        }

    def login(self, username: str, password: str) -> dict[str, Any]:
        """Log in over HTTP as a browser and the hub do, and return the token response."""
        browser = Browser(self)  # type: ignore[arg-type]  # it needs an issuer and no more
        code = returned(browser.log_in(username, password))["code"]
        answer = requests.post(
            f"{self.issuer}/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": browser.verifier,
            },
            auth=(self.client_id, self.client_secret),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


class RunningPlatform:
    """Identity provider, OpenBao and SeaweedFS, ready for use."""

    def __init__(self, folder: Path) -> None:
        ports = choose_ports(None)
        self.identity = Identity(folder / "idp", port=ports["idp"])
        self.seaweedfs = SeaweedFS(
            folder=folder / "seaweedfs",
            ports=ports,
            issuer=self.identity.issuer,
            jwks_url=self.identity.jwks_url,
        )
        self.openbao = OpenBao(
            folder=folder / "openbao", port=ports["openbao"], cluster_port=ports["openbao_cluster"]
        )
        self.servers = Servers(folder)
        self.issuer = self.identity.issuer
        self.s3_endpoint = self.seaweedfs.endpoint
        self.vault_address = self.openbao.address
        self.client_id = self.identity.client_id
        self.tokens = self.identity.tokens
        self.login = self.identity.login

    def start(self) -> None:
        """Start all three and let OpenBao know the identity provider."""
        logs = self.servers.folder / "logs"
        self.openbao.write()
        self.seaweedfs.write()
        self.servers.start(
            self.identity.part(log=logs / "idp.log"),
            self.openbao.part(log=logs / "openbao.log"),
            self.seaweedfs.part(log=logs / "seaweedfs.log"),
        )
        self.servers.run(configured(self.openbao, self.identity))

    @property
    def client_secret(self) -> str:
        """The client's secret."""
        return self.identity.client_secret

    def s3_settings(self, **changes: Any) -> S3Settings:
        """Return settings for SeaweedFS."""
        usual: dict[str, Any] = {
            "endpoint": self.s3_endpoint,
            "region": REGION,
            "role_arn": ROLE_ARN,
            "create_bucket": True,
        }
        return S3Settings(**{**usual, **changes})

    def vault_settings(self, **changes: Any) -> VaultSettings:
        """Return settings for OpenBao."""
        return vault_settings(self.vault_address, **changes)

    def stop(self) -> None:
        """End all three."""
        self.servers.stop()


class OwnVault:
    """An OpenBao for one test, which may seal it or stop it.

    Parameters
    ----------
    folder
        Folder to be made, for its files.
    identity
        The identity provider that it trusts; ``None`` for an OpenBao in which nothing is set up.
    """

    def __init__(self, folder: Path, *, identity: Identity | None) -> None:
        ports = choose_ports(None, names=("openbao", "openbao_cluster"))
        self.openbao = OpenBao(
            folder=folder / "openbao", port=ports["openbao"], cluster_port=ports["openbao_cluster"]
        )
        self.servers = Servers(folder)
        self.address = self.openbao.address
        self._identity = identity
        self._stopped = False

    def start(self) -> None:
        """Start it and let it know its identity provider."""
        self.openbao.write()
        self.servers.start(self.openbao.part(log=self.servers.folder / "logs" / "openbao.log"))
        if self._identity is not None:
            self.servers.run(configured(self.openbao, self._identity))

    @property
    def root_token(self) -> str:
        """A token that may do everything."""
        return self.openbao.root_token_file.read_text(encoding="utf-8").strip()

    def vault_settings(self, **changes: Any) -> VaultSettings:
        """Return settings for it."""
        return vault_settings(self.address, **changes)

    def write(self, path: str, body: dict[str, Any]) -> None:
        """Write to its API with all rights."""
        self.servers.run(self.openbao.api().write(path, body))

    def seal(self) -> None:
        """Lock its data."""
        self.write("sys/seal", {})

    def stop(self) -> None:
        """End it; may be called again."""
        if not self._stopped:
            self._stopped = True
            self.servers.stop()


async def configured(openbao: OpenBao, identity: Identity) -> None:
    """Let an OpenBao know an identity provider, as the demo does."""
    await openbao.configure(
        issuer=identity.issuer,
        jwks_url=identity.jwks_url,
        client_id=identity.client_id,
        audience="vault",
    )


def vault_settings(address: str, **changes: Any) -> VaultSettings:
    """Return settings for an OpenBao that the demo set up."""
    usual: dict[str, Any] = {
        "address": address,
        "auth_mount": JWT_MOUNT,
        "role": ROLE,
        "kv_mount": KV_MOUNT,
    }
    return VaultSettings(**{**usual, **changes})
