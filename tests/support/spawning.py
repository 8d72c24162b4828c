"""What JupyterHub gives a spawner, for tests without a hub: a person, the hub, a service."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml
from jupyterhub import orm

from onyxia_hub.credentials.base import CredentialRequest, Credentials, Held, Identity
from onyxia_hub.errors import LaunchError, ProviderUnreachable
from onyxia_hub.settings import Settings

LOGIN = {
    "access_token": "access-token-of-alice",
    "id_token": "id-token-of-alice",
    "oauth_user": {"preferred_username": "alice", "email": "alice@example.org"},
}

PROFILE = """\
slug: {slug}
display_name: {{en: Tiny, fr: Minuscule}}
description: A program for tests.
icon: python
category: ide
images:
  - {{name: one, display_name: One, image: "registry.example.org/tiny:1"}}
command: [tiny-server, "{{port}}", "{{prefix}}"]
login: hub
prefix: native
default_url: /tree
health_path: /health
env: {{GREETING: "hello {{you}} $(HOME)"}}
resources:
  cpu:
    request: {{min: 100m, max: 4, default: 500m}}
    limit: {{min: 1, max: 8, default: 2}}
  memory:
    request: {{min: 256Mi, max: 8Gi, default: 1Gi}}
    limit: {{min: 1Gi, max: 16Gi, default: 4Gi}}
{more}
"""


def profile_of(slug: str) -> dict[str, Any]:
    """Return what `write_profile` writes, read."""
    found: dict[str, Any] = yaml.safe_load(PROFILE.format(slug=slug, more=""))
    return found


def write_profile(folder: Path, slug: str = "tiny", *, more: str = "") -> None:
    """Write a profile file; ``more`` is YAML appended to it."""
    folder.mkdir(exist_ok=True)
    (folder / f"{slug}.yaml").write_text(PROFILE.format(slug=slug, more=more), encoding="utf-8")


def settings(tmp_path: Path, *, local: Mapping[str, Any] | None = None) -> Settings:
    """Return the settings of a site with neither S3 nor Vault; tests bring their providers."""
    return Settings.model_validate(
        {
            "hub": {
                "public_url": "http://127.0.0.1:8000",
                "platform": "kubernetes" if local is None else "local",
                "profiles": tmp_path / "profiles",
                "crypt_key_file": tmp_path / "key",
            },
            "oidc": {"issuer": "http://127.0.0.1:8000/auth", "client_id": "onyxia-hub"},
            "local": local,
        }
    )


@dataclass
class Person:
    """A user as JupyterHub's ``User`` shows one to a spawner."""

    name: str = "alice"
    member_of: tuple[str, ...] = ("stats",)
    auth_state: dict[str, Any] | None = field(default_factory=lambda: dict(LOGIN))
    id: int = 1
    asked: int = 0
    spawners: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"/user/{self.name}/"

    @property
    def escaped_name(self) -> str:
        return self.name

    @property
    def groups(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(name=name) for name in self.member_of]

    async def get_auth_state(self) -> dict[str, Any] | None:
        self.asked += 1
        return self.auth_state


def hub() -> SimpleNamespace:
    """Return the hub's addresses."""
    return SimpleNamespace(
        public_host="",
        url="http://127.0.0.1:8081/hub/",
        base_url="/hub/",
        api_url="http://127.0.0.1:8081/hub/api",
    )


def orm_spawner(name: str = "lab", *, port: int = 8888) -> SimpleNamespace:
    """Return the row of a service; its server is what the URL prefix comes from."""
    return SimpleNamespace(
        name=name,
        user_options={},
        server=orm.Server(
            proto="http",
            ip="127.0.0.1",
            port=port,
            base_url=f"/user/alice/{name}/",
            cookie_name=f"user-alice-{name}",
        ),
        oauth_client=None,
    )


@dataclass
class Provider:
    """A credential provider that keeps what it was asked; no server stands behind it."""

    name: str
    label: str
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    away: bool = False
    token: str = "access_token"
    timeout: float = 5.0
    minted: list[tuple[Identity, CredentialRequest]] = field(default_factory=list)
    revoked: list[dict[str, str]] = field(default_factory=list)
    hangs: float = 0.0
    fault: Exception | None = None
    renewed: list[tuple[Identity, Held]] = field(default_factory=list)
    # What a renewal gives in place of what the service holds; ``None`` if it is extended in place.
    new: Mapping[str, str] | None = None
    refusal: LaunchError | None = None

    def holds(self, held: Held) -> bool:
        return bool(self.env.keys() & held.env.keys() or self.files.keys() & held.files.keys())

    async def renew(self, identity: Identity, held: Held, *, service: str) -> Credentials:
        self.renewed.append((identity, held))
        if self.refusal is not None:
            raise self.refusal
        now = datetime.now(UTC)
        return Credentials(
            provider=self.name,
            minted_at=now,
            expires_at=now + timedelta(hours=2),
            env=self.new if self.new and self.env.keys() & self.new.keys() else {},
            files=self.new if self.new and self.files.keys() & self.new.keys() else {},
        )

    async def mint(self, identity: Identity, request: CredentialRequest) -> Credentials:
        if self.away:
            raise ProviderUnreachable(
                provider=self.label, endpoint="http://127.0.0.1:9", detail="refused"
            )
        self.minted.append((identity, request))
        now = datetime.now(UTC)
        return Credentials(
            provider=self.name,
            minted_at=now,
            expires_at=now + timedelta(hours=1),
            env=self.env,
            files=self.files,
        )

    async def revoke(self, env: Mapping[str, str]) -> None:
        await asyncio.sleep(self.hangs)
        if self.fault is not None:
            raise self.fault
        self.revoked.append(dict(env))


def s3_and_vault() -> list[Provider]:
    """Return providers whose secrets are easy to find in a text."""
    return [
        Provider(
            name="s3",
            label="S3",
            env={"AWS_ENDPOINT_URL": "http://127.0.0.1:8333"},
            files={"s3-credentials.json": '{"SecretAccessKey": "SECRET-OF-S3"}'},
        ),
        Provider(name="vault", label="Vault", env={"VAULT_TOKEN": "hvs.SECRET-OF-VAULT"}),
    ]
