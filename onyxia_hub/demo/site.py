"""The demo's settings file, written anew at each start."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from onyxia_hub.demo.identity.files import write_private
from onyxia_hub.demo.layout import Layout
from onyxia_hub.demo.parts.identity import CLIENT_ID, client_secret_file
from onyxia_hub.demo.parts.openbao import JWT_MOUNT, KV_MOUNT, ROLE, OpenBao
from onyxia_hub.demo.parts.seaweedfs import LONGEST_SESSION, REGION, ROLE_ARN, SeaweedFS
from onyxia_hub.demo.parts.traefik import API_ENTRYPOINT, ENTRYPOINT, Traefik

__all__ = ["write_settings"]

_HEADER = "# Written by `onyxia-hub demo` at each start: changes are lost.\n"


def write_settings(
    *,
    layout: Layout,
    issuer: str,
    hub_port: int,
    openbao: OpenBao,
    seaweedfs: SeaweedFS,
    traefik: Traefik,
    programs: Sequence[Path],
    being_installed: Mapping[str, Path],
    with_api_token: bool,
) -> None:
    """Write ``settings.yaml`` and the hub's own keys, all of mode 0600.

    Parameters
    ----------
    layout
        Where everything lies.
    issuer
        The identity provider's public address.
    hub_port
        Inner port of the hub.
    openbao, seaweedfs, traefik
        The parts that the hub talks to.
    programs
        Folders of the programs that the demo installs, which need not exist.
    being_installed
        Programs that are to come at this start, with those of these folders.
    with_api_token
        Whether the hub takes the administrators' token in ``layout.api_token``.
    """
    local: dict[str, object] = {
        "state_dir": str(layout.root),
        "path": [str(folder) for folder in programs],
        "being_installed": {name: str(folder) for name, folder in being_installed.items()},
        "hub_port": hub_port,
        "proxy_api": traefik.api_url,
        "proxy_password_file": str(traefik.password_file),
        "proxy_rules_file": str(traefik.hub_rules_file),
        "proxy_entrypoint": ENTRYPOINT,
        "proxy_api_entrypoint": API_ENTRYPOINT,
    }
    hub: dict[str, object] = {
        "public_url": traefik.public_url,
        "platform": "local",
        "crypt_key_file": str(_kept(layout.hub / "crypt-key")),
        "cookie_secret_file": str(_kept(layout.hub / "cookie-secret")),
        # Relative to the hub's folder: a path may hold characters that a URL can't.
        "database_url": "sqlite:///jupyterhub.sqlite",
    }
    if with_api_token:
        hub["api_token_file"] = str(layout.api_token)
    settings = {
        "hub": hub,
        "oidc": {
            "issuer": issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": str(client_secret_file(layout.idp)),
            "login_service": "the demo's accounts",
            "admin_groups": ["admins"],
        },
        "s3": {
            "endpoint": seaweedfs.endpoint,
            "region": REGION,
            "path_style": True,
            "role_arn": ROLE_ARN,
            "duration": LONGEST_SESSION,
            "create_bucket": True,
        },
        "vault": {
            "address": openbao.address,
            "auth_mount": JWT_MOUNT,
            "role": ROLE,
            "kv_mount": KV_MOUNT,
        },
        "local": local,
    }
    text = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True)
    write_private(layout.settings, _HEADER + text)


def _kept(file: Path) -> Path:
    """Make a key of 32 bytes in hex if the file is not there."""
    if not file.exists():
        write_private(file, secrets.token_hex(32) + "\n")
    return file
