"""Somebody's own directory in Vault, read and written in the name of their login."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from onyxia_hub.credentials.secret_path import folder_path, secret_path
from onyxia_hub.credentials.vault_kv import History, Secret
from onyxia_hub.errors import SecretChanged, SecretGone, SecretInvalid
from onyxia_hub.language import Said
from onyxia_hub.own_vault.asking import Asking
from onyxia_hub.settings import Settings

__all__ = ["OwnVault"]

_MERGES = 3


class OwnVault:
    """A user's directory in the KV engine, version 2.

    Paths start at the user's own directory and can't leave it; Vault's policy decides besides. All
    methods raise `onyxia_hub.errors.SecretError` where something can't be done, and
    `onyxia_hub.errors.LaunchError` where the login has ended or Vault does not answer.

    Parameters
    ----------
    user
        JupyterHub's user, whose login is exchanged for a Vault token. The token stays in memory
        for half of its life.
    authenticator
        The hub's.
    settings
        The site's.
    """

    def __init__(self, user: Any, authenticator: Any, settings: Settings) -> None:
        self._asking = Asking(user, authenticator, settings)

    async def list(self, folder: str = "") -> tuple[str, ...]:
        """Return the names in a folder; those of folders end in a slash.

        A folder without secrets does not exist in Vault: it has no names.
        """
        checked = folder_path(folder)
        return await self._asking.ask(
            lambda kv, token, deadline: kv.list(
                token.at(checked), token=token.text, deadline=deadline
            )
        )

    async def read(self, path: str, version: int | None = None) -> Secret:
        """Return a secret's keys and values.

        Parameters
        ----------
        path
            Of the secret.
        version
            Which one; ``None`` for the newest.

        Raises
        ------
        onyxia_hub.errors.SecretGone
            If there is none, or it was deleted.
        """
        checked = secret_path(path)
        return await self._asking.ask(
            lambda kv, token, deadline: kv.read(
                token.at(checked), version=version, token=token.text, deadline=deadline
            )
        )

    async def history(self, path: str) -> History:
        """Return a secret's versions, deleted ones included.

        Raises
        ------
        onyxia_hub.errors.SecretGone
            If there never was one.
        """
        checked = secret_path(path)
        return await self._asking.ask(
            lambda kv, token, deadline: kv.history(
                token.at(checked), token=token.text, deadline=deadline
            )
        )

    async def write(
        self, path: str, values: Mapping[str, Any], *, expected_version: int | None = None
    ) -> int:
        """Write a secret and return the number of the new version.

        Parameters
        ----------
        path
            Of the secret.
        values
            All of its keys and values, anything of JSON.
        expected_version
            The newest version as it was read, 0 for a new secret: nothing is written if there is
            another one by now. ``None`` to write whatever there is.

        Raises
        ------
        onyxia_hub.errors.SecretChanged
            If there is another version.
        onyxia_hub.errors.SecretTooLarge
            If it is more than Vault takes.
        """
        checked = secret_path(path)
        content = _storable(values)
        return await self._asking.ask(
            lambda kv, token, deadline: kv.write(
                token.at(checked),
                content,
                expected_version=expected_version,
                token=token.text,
                deadline=deadline,
            ),
            repeat=False,
        )

    async def merge(
        self,
        path: str,
        changes: Mapping[str, Any],
        *,
        remove: Collection[str] = (),
        expected_version: int | None = None,
    ) -> int:
        """Change some keys of a secret and leave the others as they are.

        Parameters
        ----------
        path
            Of the secret; a new one is made if there is none.
        changes
            Values by key.
        remove
            Keys to leave out.
        expected_version
            As for `write`. With ``None``, a change by somebody else is merged with.

        Returns
        -------
        int
            The number of the new version.

        Raises
        ------
        onyxia_hub.errors.SecretChanged
            If there is another version than the expected one.
        """

        def merged(values: Mapping[str, Any]) -> Mapping[str, Any]:
            kept = {key: value for key, value in values.items() if key not in remove}
            return {**kept, **changes}

        return await self.change(path, merged, expected_version=expected_version)

    async def change(
        self,
        path: str,
        made_of: Callable[[Mapping[str, Any]], Mapping[str, Any]],
        *,
        expected_version: int | None = None,
    ) -> int:
        """Write what is made of the newest values, with nobody else's change lost in between.

        Parameters
        ----------
        path
            Of the secret; a new one is made if there is none.
        made_of
            Returns all keys and values from the newest ones, empty if there are none. It is called
            again if somebody else wrote meanwhile; what it raises goes through, and nothing is
            written.
        expected_version
            As for `write`. With ``None``, a change by somebody else is taken into account.

        Returns
        -------
        int
            The number of the new version.

        Raises
        ------
        onyxia_hub.errors.SecretChanged
            If there is another version than the expected one.
        """
        attempts = _MERGES if expected_version is None else 1
        while True:
            current, values = await self._newest(path)
            if expected_version not in {None, current}:
                raise await self._changed(path)
            try:
                return await self.write(path, made_of(values), expected_version=current)
            except SecretChanged:
                attempts -= 1
                if not attempts:
                    raise

    async def delete(self, path: str) -> None:
        """Delete the newest version. `restore` takes it back; older versions stay."""
        checked = secret_path(path)
        await self._asking.ask(
            lambda kv, token, deadline: kv.delete(
                token.at(checked), token=token.text, deadline=deadline
            )
        )

    async def destroy(self, path: str) -> None:
        """Delete a secret with all its versions, for good."""
        checked = secret_path(path)
        await self._asking.ask(
            lambda kv, token, deadline: kv.destroy(
                token.at(checked), token=token.text, deadline=deadline
            )
        )

    async def undelete(self, path: str, version: int) -> None:
        """Take back the deletion of a version."""
        checked = secret_path(path)
        await self._asking.ask(
            lambda kv, token, deadline: kv.undelete(
                token.at(checked), version, token=token.text, deadline=deadline
            )
        )

    async def restore(self, path: str, version: int, *, expected_version: int | None = None) -> int:
        """Make the values of an older version the newest ones again.

        Parameters
        ----------
        path
            Of the secret.
        version
            Number of the version; a deleted one is undeleted first.
        expected_version
            As for `write`.

        Returns
        -------
        int
            The number of the newest version: a new one, or the same where that was deleted.

        Raises
        ------
        onyxia_hub.errors.SecretGone
            If Vault does not keep the version any more.
        onyxia_hub.errors.SecretChanged
            If there is another version than the expected one.
        """
        history = await self.history(path)
        if expected_version not in {None, history.current}:
            raise await self._changed(path)
        found = next((each for each in history.versions if each.number == version), None)
        if found is None or found.destroyed:
            raise SecretGone(
                what=Said(
                    "Version {version} of {place}",
                    version=version,
                    place=(await self._asking.token()).place(path),
                ),
                fix=Said("Choose a version that is listed."),
            )
        if not found.is_there(datetime.now(UTC)):
            await self.undelete(path, version)
        if version == history.current:
            return version
        old = await self.read(path, version)
        return await self.write(path, old.values, expected_version=history.current)

    async def place(self, path: str = "") -> tuple[str, str]:
        """Return the mount and the path below it, for commands that somebody types."""
        token = await self._asking.token()
        return token.mount, token.at(path)

    async def _newest(self, path: str) -> tuple[int, Mapping[str, Any]]:
        try:
            found = await self.read(path)
        except SecretGone:
            pass
        else:
            return found.version.number, found.values
        try:
            return (await self.history(path)).current, {}
        except SecretGone:
            return 0, {}

    async def _changed(self, path: str) -> SecretChanged:
        return SecretChanged(place=(await self._asking.token()).place(path))


def _storable(values: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        json.dumps(values, allow_nan=False)
    except (ValueError, TypeError, RecursionError):
        pass
    else:
        return values
    # Out of the except block: the exception may quote a value.
    raise SecretInvalid(
        field="values",
        problem=Said("hold something that JSON does not have, such as NaN"),
        fix=Said("Write it as text."),
    )
