"""The embedded default, whose services are processes."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from onyxia_hub.settings.section import Section, WebAddress

__all__ = ["LocalSettings"]


class LocalSettings(Section):
    """The embedded default: services as processes of this machine."""

    state_dir: Path = Field(description="Folder with all state of the services.")
    path: tuple[Path, ...] = Field(
        default=(), description="Folders to look for programs in, before PATH."
    )
    being_installed: dict[str, Path] = Field(
        default={},
        description="Programs that are installed while the hub runs, each with the folder that is "
        "there once it is finished.",
    )
    hub_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of this machine on which the hub itself listens, behind the proxy.",
    )
    proxy_api: WebAddress | None = Field(
        default=None,
        description="Address of the API of a traefik that already runs; left out, the hub starts "
        "its own proxy.",
    )
    proxy_user: str = Field(default="onyxia-hub", description="User of traefik's API.")
    proxy_password_file: Path | None = Field(
        default=None,
        description="File with the password of traefik's API. It must be random, as from "
        "`openssl rand -hex 32`: it is hashed quickly, for each look at a route compares it.",
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
