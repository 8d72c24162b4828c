"""What tests and the hub need to know of the neighbours, in the file ``neighbours.json``."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from onyxia_hub.demo.identity.files import write_private
from tests.cluster.paths import state_dir
from tests.cluster.trouble import ClusterTrouble

__all__ = ["Facts", "facts_file", "read_facts", "settings_for_hub"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """The neighbours' addresses, and files with the secrets that go with them.

    Parameters
    ----------
    issuer, client_id, client_secret_file
        The hub's client at Keycloak.
    redirect_uri, post_logout_redirect_uri
        Where logins and logouts of that client return.
    keycloak, realm, keycloak_admin, keycloak_admin_password_file
        Keycloak's address, the realm, and its administrator (realm ``master``).
    s3_endpoint, s3_region, s3_role_arn, s3_duration
        S3 and its STS, the role that users assume, and the longest life of credentials in seconds.
    vault_address, vault_auth_mount, vault_role, vault_kv_mount
        OpenBao and how users log in to it.
    vault_root_token_file
        File with a token that may do everything there.
    users
        Password and groups of each user.
    """

    issuer: str
    client_id: str
    client_secret_file: str
    redirect_uri: str
    post_logout_redirect_uri: str
    keycloak: str
    realm: str
    keycloak_admin: str
    keycloak_admin_password_file: str
    s3_endpoint: str
    s3_region: str
    s3_role_arn: str
    s3_duration: int
    vault_address: str
    vault_auth_mount: str
    vault_role: str
    vault_kv_mount: str
    vault_root_token_file: str
    users: dict[str, dict[str, Any]]

    def write(self, file: Path) -> None:
        """Write them for others to read."""
        write_private(file, json.dumps(asdict(self), indent=1) + "\n")

    def secret(self, name: str) -> str:
        """Return the text of one of the files, for example ``client_secret_file``."""
        return Path(getattr(self, name)).read_text(encoding="utf-8").strip()


def facts_file() -> Path:
    """Return where the cluster's neighbours are written down."""
    return state_dir() / "neighbours.json"


def read_facts(file: Path | None = None) -> Facts:
    """Return the facts of the neighbours that were started.

    Parameters
    ----------
    file
        Where they are; the cluster's own if left out.

    Raises
    ------
    ClusterTrouble
        If none were started.
    """
    file = file or facts_file()
    try:
        return Facts(**json.loads(file.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise ClusterTrouble(
            "Keycloak, OpenBao and SeaweedFS were not started. "
            "Start them: python -m tests.cluster.neighbours up"
        ) from None


def settings_for_hub(
    *, client_secret_file: str, facts: Facts | None = None
) -> dict[str, dict[str, Any]]:
    """Return the sections ``oidc``, ``s3`` and ``vault`` of the hub's settings file.

    Parameters
    ----------
    client_secret_file
        Where the client's secret lies for the hub, for example a path inside its pod.
    facts
        The neighbours; the cluster's own if left out.

    Raises
    ------
    ClusterTrouble
        If none were started.
    """
    facts = facts or read_facts()
    return {
        "oidc": {
            "issuer": facts.issuer,
            "client_id": facts.client_id,
            "client_secret_file": client_secret_file,
            "login_service": "Keycloak",
            "admin_groups": ["admins"],
        },
        "s3": {
            "endpoint": facts.s3_endpoint,
            "region": facts.s3_region,
            "path_style": True,
            "role_arn": facts.s3_role_arn,
            "duration": facts.s3_duration,
            "create_bucket": True,
        },
        "vault": {
            "address": facts.vault_address,
            "auth_mount": facts.vault_auth_mount,
            "role": facts.vault_role,
            "kv_mount": facts.vault_kv_mount,
        },
    }
