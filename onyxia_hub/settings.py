"""The one settings file of a site: typed, checked once at start.

`load` reads a YAML file and either returns `Settings` or raises `SettingsError` naming the file,
the key and the fix. Secrets are never written in the file: it names files that hold them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from onyxia_hub.yaml_file import as_settings_error, read_yaml

__all__ = [
    "HubSettings",
    "KubernetesSettings",
    "LocalSettings",
    "OidcSettings",
    "S3Settings",
    "Settings",
    "VaultSettings",
    "load",
    "read_secret",
]

_TEMPLATE_FIELD = re.compile(r"\{([^{}]*)\}")


def _web_address(value: str) -> str:
    if not re.match(r"^https?://[^\s/?#]+(/[^\s?#]*)?$", value):
        raise ValueError(
            f"“{value}” is not an http(s) address, write for example https://host.example.org"
        )
    try:
        port = urlsplit(value).port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError(f"“{value}” has a port that does not exist")
    return value.rstrip("/")


def _template(value: str) -> str:
    unknown = set(_TEMPLATE_FIELD.findall(value)) - {"username"}
    if unknown:
        raise ValueError(f"unknown placeholder {{{min(unknown)}}}, only {{username}} is filled in")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
UserTemplate = Annotated[str, AfterValidator(_template)]
Seconds = Annotated[float, Field(gt=0, le=3600)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*", mode="after")
    @classmethod
    def _relative_to_settings_file(cls, value: object, info: ValidationInfo) -> object:
        """Read relative paths as relative to the settings file, wherever the hub is started."""
        folder = (info.context or {}).get("folder")
        if isinstance(value, Path) and folder is not None and not value.is_absolute():
            return Path(folder) / value
        return value


def read_secret(path: Path) -> SecretStr:
    """Return the stripped text of a secret's file.

    Raises
    ------
    OSError
        If it can't be read.
    """
    return SecretStr(path.read_text(encoding="utf-8").strip())


class HubSettings(_Section):
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
    crypt_key_file: Path = Field(
        description="File with the key(s) that encrypt logins in the database: 32 bytes in hex or "
        "base64, several separated by `;` for rotation, newest first."
    )
    database_url: str = Field(
        default="sqlite:///jupyterhub.sqlite", description="SQLAlchemy URL of the hub's database."
    )
    services_per_user: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Most named services of one user; what never ran does not count.",
    )


class OidcSettings(_Section):
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


class S3Settings(_Section):
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
        default=3600, ge=900, le=604800, description="Life of the credentials, in seconds."
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


class VaultSettings(_Section):
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


class KubernetesSettings(_Section):
    """Where pods go."""

    namespaces: Literal["per-user", "single"] = Field(
        default="per-user", description="`per-user`: one namespace for each user; `single`: one."
    )
    namespace: str = Field(
        default="default",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description="The namespace of all services when `namespaces` is `single`.",
    )
    namespace_prefix: str = Field(
        default="user-",
        pattern=r"^[a-z0-9]([a-z0-9-]{0,30})$",
        description="Start of the users' namespaces when `namespaces` is `per-user`.",
    )
    storage_class: str | None = Field(
        default=None, description="Storage class of volumes; the cluster's default if left out."
    )
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = Field(
        default="IfNotPresent", description="When nodes fetch the image."
    )
    uid: int = Field(default=1000, ge=1, description="User id of the program.")
    fs_gid: int = Field(default=100, ge=1, description="Group id that owns the volumes.")


class LocalSettings(_Section):
    """The embedded default: services as processes of this machine."""

    state_dir: Path = Field(description="Folder with all state of the services.")
    path: tuple[Path, ...] = Field(
        default=(), description="Folders to look for programs in, before PATH."
    )
    hub_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of this machine on which the hub itself listens, behind the proxy.",
    )
    cookie_secret_file: Path | None = Field(
        default=None, description="File with the key of the hub's cookies: 32 bytes in hex."
    )
    api_token_file: Path | None = Field(
        default=None,
        description="File with a token that administers the hub over REST; left out for none.",
    )
    proxy_api: WebAddress | None = Field(
        default=None,
        description="Address of the API of a traefik that already runs; left out, the hub starts "
        "its own proxy.",
    )
    proxy_user: str = Field(default="onyxia-hub", description="User of traefik's API.")
    proxy_password_file: Path | None = Field(
        default=None, description="File with the password of traefik's API."
    )
    proxy_rules_file: Path | None = Field(
        default=None,
        description="File (.toml) of traefik's file provider, in which the hub writes its routes.",
    )
    proxy_entrypoint: str = Field(
        default="http", description="Entry point of traefik that browsers reach."
    )
    proxy_api_entrypoint: str = Field(
        default="auth_api", description="Entry point of traefik that serves its API."
    )

    @model_validator(mode="after")
    def _proxy_is_complete(self) -> Self:
        needed = (self.hub_port, self.proxy_password_file, self.proxy_rules_file)
        if self.proxy_api is not None and None in needed:
            raise ValueError(
                "with `proxy_api`, also write `hub_port`, `proxy_password_file` and "
                "`proxy_rules_file`"
            )
        return self


class Settings(_Section):
    """Everything a site decides, in one file."""

    hub: HubSettings
    oidc: OidcSettings
    s3: S3Settings | None = Field(default=None, description="Left out: services get no S3.")
    vault: VaultSettings | None = Field(default=None, description="Left out: no Vault.")
    kubernetes: KubernetesSettings = Field(default_factory=KubernetesSettings)
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
