"""How Vault's clients are given an address and a token.

Sources: Vault CLI environment variables; hvac ``Client`` and ``secrets.kv.v2``.
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field

from onyxia_hub.snippets.snippet import Snippet

__all__ = ["VaultFacts", "secret_snippets", "vault_snippets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultFacts:
    """Where the secrets are and what opens them.

    Parameters
    ----------
    address
        Web address.
    namespace
        Vault namespace, where there are any.
    mount, top_dir
        The KV engine, and the user's folder in it.
    token
        The token.
    """

    address: str
    namespace: str | None
    mount: str
    top_dir: str
    token: str = field(repr=False)


def vault_snippets(facts: VaultFacts) -> list[Snippet]:
    """Return one snippet for each client; each lists the user's own folder."""
    return [
        Snippet("vault-cli", "vault or bao", "shell", _cli(facts)),
        Snippet("hvac", "hvac", "python", _hvac(facts)),
    ]


def secret_snippets(*, mount: str, path: str) -> list[Snippet]:
    """Return one snippet for each client that reads a secret inside a service.

    Parameters
    ----------
    mount
        The KV engine.
    path
        Of the secret, below it. Address and token are the service's own variables.
    """
    return [
        Snippet("vault-cli", "vault or bao", "shell", _cli_get(mount, path)),
        Snippet("hvac", "hvac", "python", _hvac_get(mount, path)),
    ]


def _cli_get(mount: str, path: str) -> str:
    return f"vault kv get -mount={shlex.quote(mount)} {shlex.quote(path)}\n"


def _hvac_get(mount: str, path: str) -> str:
    return f"""\
import os

import hvac

# Address and token come from VAULT_ADDR and VAULT_TOKEN.
client = hvac.Client(namespace=os.environ.get("VAULT_NAMESPACE"))
found = client.secrets.kv.v2.read_secret_version(
    path={json.dumps(path)}, mount_point={json.dumps(mount)}, raise_on_deleted_version=True
)
print(sorted(found["data"]["data"]))
"""


def _cli(facts: VaultFacts) -> str:
    variables = {"VAULT_ADDR": facts.address, "VAULT_TOKEN": facts.token}
    if facts.namespace:
        variables["VAULT_NAMESPACE"] = facts.namespace
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    return f"{lines}vault kv list -mount={shlex.quote(facts.mount)} {shlex.quote(facts.top_dir)}\n"


def _hvac(facts: VaultFacts) -> str:
    namespace = f", namespace={json.dumps(facts.namespace)}" if facts.namespace else ""
    return f"""\
import hvac

client = hvac.Client(url={json.dumps(facts.address)}, token={json.dumps(facts.token)}{namespace})
kv = client.secrets.kv.v2
kv.create_or_update_secret(
    path={json.dumps(f"{facts.top_dir}/example")},
    secret={{"key": "value"}},
    mount_point={json.dumps(facts.mount)},
)
found = kv.list_secrets(path={json.dumps(facts.top_dir)}, mount_point={json.dumps(facts.mount)})
print(found["data"]["keys"])
"""
