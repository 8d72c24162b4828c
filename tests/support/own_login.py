"""Somebody's login of the real identity provider, as the hub keeps it."""

from __future__ import annotations

from typing import Any

from onyxia_hub.settings import Settings, VaultSettings
from tests.support.platform import RunningPlatform


class OwnLogin:
    """What `onyxia_hub.owner.Owner` needs of JupyterHub's user.

    Parameters
    ----------
    platform
        Whose identity provider.
    name
        Whose login.
    """

    def __init__(self, platform: RunningPlatform, name: str) -> None:
        self.name = name
        self.groups: list[Any] = []
        self.auth_state = {"oauth_user": {"preferred_username": name}, **platform.tokens(name)}

    async def get_auth_state(self) -> dict[str, Any]:
        """Return what is kept of the login."""
        return self.auth_state


def settings_with(vault: VaultSettings | None) -> Settings:
    """Return a site's settings with a Vault in them, or with none."""
    return Settings.model_validate(
        {
            "hub": {"public_url": "http://127.0.0.1:1", "crypt_key_file": "/nonexistent"},
            "oidc": {"issuer": "http://127.0.0.1:1", "client_id": "x"},
            "vault": vault.model_dump() if vault else None,
        },
        context={"folder": None},
    )
