"""The one settings file of a site: typed, checked once at start.

`load` reads a YAML file and either returns `Settings` or raises `SettingsError` naming the file,
the key and the fix. Secrets are never written in the file: it names files that hold them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from onyxia_hub.settings.culling import CullingSettings
from onyxia_hub.settings.files import FilesSettings
from onyxia_hub.settings.git import GitSettings
from onyxia_hub.settings.kubernetes import (
    AccountSettings,
    GatewaySettings,
    KubernetesSettings,
    pull_secret_files,
    read_pull_secrets,
)
from onyxia_hub.settings.local import LocalSettings
from onyxia_hub.settings.pages import PagesSettings
from onyxia_hub.settings.section import Seconds, Section, UserTemplate, WebAddress, read_secret
from onyxia_hub.yaml_file import as_settings_error, read_yaml

__all__ = [
    "AccountSettings",
    "CullingSettings",
    "FilesSettings",
    "GatewaySettings",
    "GitSettings",
    "HubSettings",
    "KubernetesSettings",
    "LocalSettings",
    "OidcSettings",
    "PagesSettings",
    "S3Settings",
    "Settings",
    "VaultSettings",
    "load",
    "pull_secret_files",
    "read_pull_secrets",
    "read_secret",
]


class HubSettings(Section):
    """The hub itself."""

    public_url: WebAddress = Field(
        description="Address under which browsers reach the hub, without the trailing slash."
    )
    platform: Literal["kubernetes", "local"] = Field(
        default="kubernetes", description="Where services run; `local` is the embedded default."
    )
    profiles: Path | None = Field(
        default=None,
        description="Folder of profile files; the catalogue of the package if left out.",
    )
    more_profiles: tuple[Path, ...] = Field(
        default=(),
        description="More such folders. All make one catalogue; a profile that is in two of them "
        "is refused.",
    )
    crypt_key_file: Path = Field(
        description="File with the key(s) that encrypt logins in the database: 32 bytes in hex or "
        "base64, several separated by `;` for rotation, newest first."
    )
    database_url: str = Field(
        default="sqlite:///jupyterhub.sqlite", description="SQLAlchemy URL of the hub's database."
    )
    database_url_file: Path | None = Field(
        default=None,
        description="File with the URL, where it holds a password; it goes before `database_url`.",
    )
    connect_url: WebAddress | None = Field(
        default=None,
        description="Address under which the proxy and the services reach the hub, which then "
        "listens on that port; left out where all run on one machine.",
    )
    services_url: WebAddress | None = Field(
        default=None,
        description="Address under which services reach the hub's proxy, and through it each "
        "other; `public_url` if left out.",
    )
    cookie_secret_file: Path | None = Field(
        default=None, description="File with the key of the hub's cookies: 32 bytes in hex."
    )
    api_token_file: Path | None = Field(
        default=None,
        description="File with a token that administers the hub over REST; left out for none.",
    )
    metrics_token_file: Path | None = Field(
        default=None,
        description="File with a token that reads `/hub/metrics` and nothing else, for Prometheus; "
        "left out for none.",
    )
    services_per_user: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Most named services of one user; what never ran does not count.",
    )
    sharing: bool = Field(
        default=True,
        description="Whether users may share their own services with people and groups they name.",
    )


class OidcSettings(Section):
    """The identity provider."""

    issuer: WebAddress = Field(description="Issuer, as in the provider's discovery document.")
    client_id: str = Field(min_length=1, description="The hub's client at the provider.")
    client_secret_file: Path | None = Field(
        default=None, description="File with the client's secret; left out for a public client."
    )
    scopes: tuple[str, ...] = Field(
        default=("openid", "profile", "email"), description="Scopes to ask for at login."
    )
    login_service: str = Field(
        default="your organisation", description="Name on the button “Sign in with …”."
    )
    username_claim: str = Field(
        default="preferred_username", description="Userinfo claim that names the user."
    )
    groups_claim: str = Field(
        default="groups", description="Userinfo claim with the user's groups."
    )
    allowed_groups: frozenset[str] = Field(
        default=frozenset(), description="Groups that may log in; empty for everybody."
    )
    admin_groups: frozenset[str] = Field(
        default=frozenset(), description="Groups whose members administer the hub."
    )
    refresh_margin: Seconds = Field(
        default=60,
        description="Refresh a login whose access token ends within this many seconds; never more "
        "than half of the token's life.",
    )
    timeout: Seconds = Field(default=10, description="Longest wait for the provider, in seconds.")


class S3Settings(Section):
    """Object storage with an STS: MinIO, AWS, SeaweedFS, Ceph RGW."""

    endpoint: WebAddress = Field(description="Address of the S3 API, as services reach it.")
    sts_endpoint: WebAddress | None = Field(
        default=None, description="Address of the STS; the same as `endpoint` if left out."
    )
    region: str = Field(default="us-east-1", min_length=1, description="Region in signatures.")
    path_style: bool = Field(
        default=True, description="`true`: https://host/bucket; `false`: https://bucket.host."
    )
    role_arn: str | None = Field(
        default=None,
        description="Role to assume (AWS, SeaweedFS); left out for MinIO, which reads a claim.",
    )
    role_session_name: UserTemplate = Field(
        default="{username}", description="Name of the session in the store's audit log."
    )
    duration: int = Field(
        default=3600,
        ge=0,
        le=604800,
        description="Life of the credentials, in seconds, at least 900; 0 for the STS's own "
        "choice. The hub renews them at half of it.",
    )
    session_policy: dict[str, Any] | None = Field(
        default=None,
        description="Inline session policy that narrows the role; `{username}` and `{claim:NAME}` "
        "are filled in inside its strings.",
    )
    bucket: UserTemplate = Field(
        default="user-{username}", description="Name of the user's bucket."
    )
    prefix: UserTemplate = Field(
        default="", description="Working directory below the bucket; empty for the whole bucket."
    )
    create_bucket: bool = Field(
        default=False, description="Whether to make the bucket when it does not exist."
    )
    token: Literal["access_token", "id_token"] = Field(
        default="access_token", description="Which token of the login is exchanged."
    )
    timeout: Seconds = Field(default=10, description="Longest wait for one launch, in seconds.")

    @field_validator("duration", mode="after")
    @classmethod
    def _long_enough(cls, value: int) -> int:
        # AWS STS, `DurationSeconds`; MinIO and SeaweedFS have the same limit.
        if 0 < value < 900:
            raise ValueError("must be at least 900, or 0 for the STS's own choice")
        return value

    @model_validator(mode="after")
    def _a_place_for_each_user(self) -> Self:
        # Amazon S3's rules for bucket names, tried with the shortest of user names.
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", self.bucket.format(username="a")):
            raise ValueError(
                f"`bucket` “{self.bucket}” can't be a bucket's name: 3 to 63 lower-case letters, "
                "digits, dots and hyphens"
            )
        if "{username}" not in self.bucket + self.prefix:
            raise ValueError(
                "`{username}` stands neither in `bucket` nor in `prefix`, so all users would work "
                "in the same place"
            )
        return self


class VaultSettings(Section):
    """HashiCorp Vault or OpenBao."""

    address: WebAddress = Field(description="Address of Vault, as services reach it.")
    namespace: str | None = Field(default=None, description="Vault namespace, where there are any.")
    auth_mount: str = Field(
        default="jwt", min_length=1, description="Mount of the JWT auth method."
    )
    role: str = Field(min_length=1, description="Role of the JWT auth method.")
    kv_mount: str = Field(default="secret", min_length=1, description="Mount of the KV v2 engine.")
    top_dir: UserTemplate = Field(
        default="{username}", description="The user's folder in the KV engine."
    )
    token: Literal["access_token", "id_token"] = Field(
        default="access_token", description="Which token of the login is exchanged."
    )
    timeout: Seconds = Field(default=10, description="Longest wait for one launch, in seconds.")


class Settings(Section):
    """Everything a site decides, in one file."""

    hub: HubSettings
    oidc: OidcSettings
    s3: S3Settings | None = Field(default=None, description="Left out: services get no S3.")
    vault: VaultSettings | None = Field(default=None, description="Left out: no Vault.")
    kubernetes: KubernetesSettings = Field(default_factory=KubernetesSettings)
    culling: CullingSettings = Field(default_factory=CullingSettings)
    files: FilesSettings = Field(default_factory=FilesSettings)
    git: GitSettings = Field(default_factory=GitSettings)
    pages: PagesSettings = Field(default_factory=PagesSettings)
    local: LocalSettings | None = Field(default=None, description="For `hub.platform: local`.")

    @model_validator(mode="after")
    def _local_has_its_section(self) -> Self:
        if self.hub.platform == "local" and self.local is None:
            raise ValueError("hub.platform is `local`, so the section `local` must be there")
        return self


def load(file: Path) -> Settings:
    """Read and check a settings file.

    Parameters
    ----------
    file
        Path of the YAML file; relative paths inside it start from its folder.

    Raises
    ------
    SettingsError
        Naming file, key and fix, for the first thing wrong.
    """
    content = read_yaml(file)
    try:
        return Settings.model_validate(content, context={"folder": file.resolve().parent})
    except ValidationError as cause:
        raise as_settings_error(cause, file=file) from cause
