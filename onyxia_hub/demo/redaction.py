"""Which texts of a launch are secret, and taking them out of what a program wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

__all__ = ["redact", "secrets_of"]

# By name: hiding every value would blot out user names, regions and paths, and with them the cause.
_SECRET_NAME = re.compile(r"TOKEN|SECRET|KEY|PASSWORD|^MC_HOST_", re.IGNORECASE)
# What providers set themselves and a chosen Vault secret can't (credentials/vault_secret.py).
_OF_A_PROVIDER = re.compile(r"(AWS_|VAULT_|MC_HOST_).*|S3_ENDPOINT")
_TOO_SHORT_TO_HIDE = 5
_SHORTEST_OF_A_USER = 8


def secrets_of(
    *, minted: Mapping[str, str], files: Mapping[str, str], typed: Mapping[str, str]
) -> set[str]:
    """Return the secret texts of a launch, line by line, also as they stand in addresses.

    Parameters
    ----------
    minted
        The environment variables that the providers gave, the keys of a chosen Vault secret among
        them.
    files
        Text by name of the files beside the program; those of JSON are looked into.
    typed
        The user's own environment variables. Any may be a secret; short values rarely are.
    """
    named = [*minted.items(), *typed.items()]
    for name, text in files.items():
        if name.endswith(".json"):
            named += _leaves(text)
    texts = {value for name, value in named if _SECRET_NAME.search(name)}
    texts |= {value for name, value in minted.items() if not _OF_A_PROVIDER.fullmatch(name)}
    lines = {line.strip() for text in texts for line in text.splitlines()}
    lines |= {
        line.strip()
        for text in typed.values()
        for line in text.splitlines()
        if len(line.strip()) >= _SHORTEST_OF_A_USER
    }
    return lines | {quote(line, safe="", errors="replace") for line in lines}


def redact(text: str, secrets: Iterable[str]) -> str:
    """Replace secrets in a text; each line of a secret of many lines is one of its own."""
    parts = {line.strip() for secret in secrets for line in secret.splitlines()}
    # Longest first: a secret that holds another one must go as a whole.
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _TOO_SHORT_TO_HIDE:
            text = text.replace(part, "•••")
    return text


def _leaves(text: str) -> Iterator[tuple[str, str]]:
    """Yield the names and texts of a JSON document; nothing for what is none."""
    try:
        document = json.loads(text)
    except ValueError:
        return
    # Not by recursion, for any depth is valid.
    found: list[tuple[str, object]] = [("", document)]
    while found:
        name, value = found.pop()
        if isinstance(value, str):
            yield name, value
        elif isinstance(value, dict):
            found += value.items()
        elif isinstance(value, list):
            found += [(name, item) for item in value]
