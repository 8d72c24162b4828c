"""What a service does with its Vault token, and a token that somebody changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests


def _url(env: Mapping[str, str], path: str) -> str:
    return f"{env['VAULT_ADDR']}/v1/{path}"


def _headers(env: Mapping[str, str]) -> dict[str, str]:
    return {"X-Vault-Token": env["VAULT_TOKEN"]}


def read(env: Mapping[str, str], path: str) -> requests.Response:
    """Read a secret of the service's KV engine."""
    url = _url(env, f"{env['VAULT_MOUNT']}/data/{path}")
    return requests.get(url, headers=_headers(env), timeout=10)


def write(env: Mapping[str, str], path: str, content: Mapping[str, Any]) -> int:
    """Write a secret and return the status."""
    url = _url(env, f"{env['VAULT_MOUNT']}/data/{path}")
    body = {"data": dict(content)}
    return requests.post(url, json=body, headers=_headers(env), timeout=10).status_code


def status_of(env: Mapping[str, str], method: str, path: str) -> int:
    """Return the status of any other request."""
    return requests.request(method, _url(env, path), headers=_headers(env), timeout=10).status_code


def lookup(env: Mapping[str, str]) -> requests.Response:
    """Ask Vault what the token is."""
    url = _url(env, "auth/token/lookup-self")
    return requests.get(url, headers=_headers(env), timeout=10)


def tampered(token: str) -> str:
    """Return a JWT with one changed character in the middle of its signature."""
    head, body, signature = token.split(".")
    middle = len(signature) // 2
    other = "A" if signature[middle] != "A" else "B"
    return f"{head}.{body}.{signature[:middle]}{other}{signature[middle + 1 :]}"


def accessors(address: str, root_token: str) -> list[str]:
    """Return the handles of all tokens that are alive."""
    answer = requests.request(
        "LIST",
        f"{address}/v1/auth/token/accessors",
        headers={"X-Vault-Token": root_token},
        timeout=10,
    )
    return sorted(answer.json()["data"]["keys"])
