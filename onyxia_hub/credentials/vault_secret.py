"""A secret that the user chose at launch: from Vault's answer to environment variables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from onyxia_hub.errors import SecretUnusable
from onyxia_hub.language import Said
from onyxia_hub.manifests.env_names import name_problem, reserved_as
from onyxia_hub.manifests.own_path import is_own_path

__all__ = ["checked_path", "environment"]

# Onyxia's own note in a secret: the order in which its page shows the keys.
_ONYXIA_ORDER = ".onyxia.keysOrdering"
# Linux refuses to start a program with a longer NAME=value (execve(2), MAX_ARG_STRLEN), and a
# Kubernetes Secret holds 1 MiB with everything else in it.
_LONGEST = 128 * 1024 - 1
_LONGEST_TOGETHER = 512 * 1024


def checked_path(path: str, *, top_dir: str) -> str:
    """Return the path below the user's top directory, if it stays there.

    Parameters
    ----------
    path
        What the user chose.
    top_dir
        The user's top directory, for the sentence.

    Raises
    ------
    onyxia_hub.errors.SecretUnusable
        If it is not one, see `is_own_path`.
    """
    if is_own_path(path):
        return path
    shown = "".join(c if c.isprintable() else "?" for c in path)[:80]
    raise SecretUnusable(
        path=shown,
        problem=Said("is not the path of a secret"),
        fix=Said("Write its path below {top_dir}/, for example project/database.", top_dir=top_dir),
    )


def environment(content: Mapping[str, Any], *, path: str) -> dict[str, str]:
    """Return the secret's keys as environment variables.

    Text stays as it is, numbers and switches become text, null becomes empty, lists and mappings
    become compact JSON. Onyxia's key order is left out.

    Parameters
    ----------
    content
        The keys and values.
    path
        Where they were read, for the sentence.

    Raises
    ------
    onyxia_hub.errors.SecretUnusable
        Naming the key, for a name that is none for a variable or is reserved,
        and for a value that no environment can hold. Values are never repeated.
    """
    env: dict[str, str] = {}
    for name, value in content.items():
        if name == _ONYXIA_ORDER:
            continue
        if problem := name_problem(name):
            raise _unusable(path, name, problem)
        if reserved_as(name):
            raise _unusable(path, name, Said("would override a variable that services need"))
        text = _text(value)
        if "\0" in text:
            raise _unusable(path, name, Said("holds a NUL character, so it can't be a variable"))
        if len(f"{name}={text}".encode(errors="surrogatepass")) > _LONGEST:
            raise _unusable(
                path, name, Said("is longer than the 128 KiB of an environment variable")
            )
        env[name] = text
    if sum(map(len, env.values())) > _LONGEST_TOGETHER:
        raise SecretUnusable(
            path=path,
            problem=Said("is too large for environment variables"),
            fix=Said("Choose a smaller one, or read it in the service with VAULT_TOKEN."),
        )
    return env


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case None:
            return ""
        case _:
            # Also true and false, and numbers as Vault sent them.
            return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _unusable(path: str, name: str, problem: str) -> SecretUnusable:
    shown = "".join(c if c.isprintable() else "?" for c in name)[:80]
    return SecretUnusable(
        path=path,
        problem=Said("has the key “{text}”, which {problem}", text=shown, problem=problem),
        fix=Said("Rename or remove that key in Vault, or choose another secret."),
    )
