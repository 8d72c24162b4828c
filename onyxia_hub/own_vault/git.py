"""What somebody keeps for git, in their own directory in Vault."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from onyxia_hub.errors import SecretGone, SecretInvalid
from onyxia_hub.language import Said
from onyxia_hub.manifests.git import (
    GIT_SECRET,
    GitIdentity,
    email_problem,
    name_problem,
    token_problem,
)
from onyxia_hub.own_vault.directory import OwnVault
from onyxia_hub.settings.git import git_server

__all__ = ["KeptForGit"]

# What goes with a token and without it.
_OF_TOKEN = ("token", "server", "token_since")


class KeptForGit:
    """Name, e-mail address and token, in one secret.

    All methods raise what those of `OwnVault` do.

    Parameters
    ----------
    vault
        The user's own directory.
    default_server
        What a token is for where nobody says it.
    """

    def __init__(self, vault: OwnVault, *, default_server: str) -> None:
        self._vault = vault
        self._default_server = default_server

    async def read(self) -> GitIdentity:
        """Return what is kept."""
        return GitIdentity.of(await self._kept())

    async def change(self, changes: Mapping[str, str | None]) -> GitIdentity:
        """Change what is named, leave the rest, and return what is kept by then.

        A token that is replaced or removed is gone from all versions of the secret.

        Parameters
        ----------
        changes
            ``name``, ``email``, ``token``, and ``server`` with a token; ``None`` to remove.

        Raises
        ------
        onyxia_hub.errors.SecretInvalid
            If one can't be taken. A token is never repeated.
        """
        checked = self._checked(changes)
        kept = await self._kept()
        merged = {**kept, **checked}
        values = {key: value for key, value in merged.items() if value is not None}
        if "token" in checked and kept.get("token"):
            await self.forget()
            if values:
                await self._vault.write(GIT_SECRET, values, expected_version=0)
        elif values != kept:
            await self._vault.merge(
                GIT_SECRET,
                {key: value for key, value in checked.items() if value is not None},
                remove={key for key, value in checked.items() if value is None},
            )
        return GitIdentity.of(values)

    async def forget(self) -> None:
        """Delete all of it, for good."""
        await self._vault.destroy(GIT_SECRET)

    async def _kept(self) -> Mapping[str, Any]:
        try:
            return (await self._vault.read(GIT_SECRET)).values
        except SecretGone:
            return {}

    def _checked(self, changes: Mapping[str, str | None]) -> dict[str, str | None]:
        given = {key: (value or "").strip() or None for key, value in changes.items()}
        _check(
            given.get("name"), "the name", name_problem, "Write it as it is to stand in commits."
        )
        _check(
            given.get("email"),
            "the e-mail address",
            email_problem,
            "Write one such as alice@example.org.",
        )
        _check(given.get("token"), "the token", token_problem, "Copy it anew from your git server.")
        server = self._server(given)
        if "token" not in given:
            return given
        if given["token"] is None:
            return {**given, **dict.fromkeys(_OF_TOKEN)}
        since = datetime.now(UTC).isoformat(timespec="seconds")
        return {**given, "server": server, "token_since": since}

    def _server(self, given: Mapping[str, str | None]) -> str:
        text = given.get("server")
        if "server" in given and not given.get("token"):
            raise SecretInvalid(
                field="the server",
                problem=Said("can't be changed without its token"),
                fix=Said("Give the token too."),
            )
        server = git_server(text) if text else self._default_server
        if server is None:
            raise SecretInvalid(
                field="the server",
                problem=Said("is no address of a git server"),
                fix=Said("Write https and the host alone, for example https://github.com."),
            )
        return server


def _check(text: str | None, field: str, problem_of: Callable[[str], str | None], fix: str) -> None:
    if text is not None and (problem := problem_of(text)):
        raise SecretInvalid(field=field, problem=problem, fix=fix)
