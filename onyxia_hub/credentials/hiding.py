"""Which texts of a launch are secret, and taking them out of what others wrote."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

__all__ = ["hide", "secrets_of"]

# Shorter values are words such as `1` and `on`, and blotting those out tells more than it hides.
_SHORTEST_HIDDEN = 5
# User name and password of a web address: git and pip repeat the address that they were given.
_USER_INFO = re.compile(r"(?<=://)[^/\s\"'<>]+@")
_MARK = "…"
# By name: hiding every value would blot out user names, regions and paths, and with them the cause.
_SECRET_NAME = re.compile(r"TOKEN|SECRET|KEY|PASSWORD|^MC_HOST_", re.IGNORECASE)
# What providers set themselves and a chosen Vault secret can't (credentials/vault_secret.py), and
# the author of commits, who stands in every log of git.
_OF_A_PROVIDER = re.compile(
    r"(AWS_|VAULT_|MC_HOST_).*|S3_ENDPOINT|ONYXIA_GIT_SERVER"
    r"|GIT_USER_(NAME|MAIL)|GIT_(AUTHOR|COMMITTER)_(NAME|EMAIL)"
)
_SHORTEST_OF_A_USER = 8


def hide(text: str, secrets: Iterable[str]) -> str:
    """Return a text without secrets, and without the passwords of the addresses in it.

    Parameters
    ----------
    text
        What somebody else wrote, in full: a secret that was cut into is not recognized.
    secrets
        What must not come back, in any of the forms in which it may stand in a text: as it is, line
        by line, in JSON, in base64, in a web address. Values of fewer than five characters stay.
    """
    hidden = {form for secret in secrets for form in _forms(secret)}
    # Longest first: a secret that holds another one must go as a whole.
    for form in sorted(hidden, key=len, reverse=True):
        text = text.replace(form, _MARK)
    return _USER_INFO.sub(f"{_MARK}@", text)


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


def _forms(secret: str) -> Iterator[str]:
    """Yield how a secret may stand in a text."""
    for text in {secret, *map(str.strip, secret.splitlines())}:
        if len(text) >= _SHORTEST_HIDDEN:
            yield text
            yield json.dumps(text)[1:-1]
            yield base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
            yield quote(text, safe="", errors="replace")


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
