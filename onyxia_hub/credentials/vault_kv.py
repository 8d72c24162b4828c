"""The KV engine of Vault, version 2: secrets with versions. The calls block.

Source: Vault API documentation, "KV secrets engine, version 2"; the statuses and words were
recorded from OpenBao 2.7.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import requests

from onyxia_hub.credentials.kv_refusals import KvRefusals
from onyxia_hub.credentials.offload import Deadline
from onyxia_hub.credentials.vault_http import VaultHttp
from onyxia_hub.credentials.vault_refusals import Refusals, json_of
from onyxia_hub.language import Said
from onyxia_hub.settings import VaultSettings

__all__ = ["History", "KvCalls", "Secret", "Version"]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a secret, without its values.

    Parameters
    ----------
    number
        From 1 on.
    created_at
        When it was written (RFC 3339, UTC).
    deleted_at
        When it was deleted, or will be where the engine deletes by itself; ``None`` for never.
    destroyed
        Whether its values are gone for good.
    """

    number: int
    created_at: str
    deleted_at: str | None
    destroyed: bool

    def is_there(self, now: datetime) -> bool:
        """Return whether its values can be read.

        Parameters
        ----------
        now
            The time (aware).
        """
        if self.destroyed:
            return False
        return self.deleted_at is None or datetime.fromisoformat(self.deleted_at) > now


@dataclass(frozen=True, slots=True)
class History:
    """The versions of a secret that Vault keeps.

    Parameters
    ----------
    current
        Number of the newest one; what a check-and-set compares. 0 if none was ever written.
    versions
        Oldest first.
    """

    current: int
    versions: tuple[Version, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Keys and values.

    Parameters
    ----------
    version
        Which version they are.
    values
        By key; the values may be anything of JSON.
    """

    version: Version
    values: Mapping[str, Any] = field(repr=False)


class KvCalls:
    """Speaks with the KV engine that the settings name.

    Paths are checked before and start below the mount. Every method raises
    `onyxia_hub.errors.SecretError` where Vault says no, `onyxia_hub.errors.CredentialError` where
    it does not answer, and `Transient` where another attempt makes sense.

    Parameters
    ----------
    settings
        The section ``vault``.
    refusals
        Translates what Vault answers for every path.
    connections
        Most connections at a time.
    """

    def __init__(self, settings: VaultSettings, *, refusals: Refusals, connections: int) -> None:
        self._mount = settings.kv_mount.strip("/")
        self._http = VaultHttp(settings, refusals=refusals, connections=connections)
        self._refusals = KvRefusals(refusals, mount=self._mount)

    def list(self, folder: str, *, token: str, deadline: Deadline) -> tuple[str, ...]:
        """Return the names in a folder; those of folders end in a slash.

        Vault knows no empty folder: one without anything in it has no names.
        """
        address = self._address("metadata", folder) + "?list=true"
        answer = self._http.ask("get", address, deadline=deadline, token=token)
        if answer.status_code == 404 and not json_of(answer).get("errors"):
            return ()
        keys = self._data(answer, Said("list"), folder).get("keys")
        return tuple(key for key in keys or () if isinstance(key, str))

    def read(self, path: str, *, version: int | None, token: str, deadline: Deadline) -> Secret:
        """Return a version of a secret; ``None`` for the newest."""
        address = self._address("data", path) + (f"?version={version}" if version else "")
        answer = self._http.ask("get", address, deadline=deadline, token=token)
        data = self._data(answer, Said("read"), path, version)
        values, about = data.get("data"), data.get("metadata")
        if not isinstance(about, Mapping):
            raise self._refusals.no_kv_2()
        # Written without any keys at all.
        return Secret(version=_version(about), values=values if isinstance(values, Mapping) else {})

    def history(self, path: str, *, token: str, deadline: Deadline) -> History:
        """Return what is known of a secret's versions."""
        answer = self._http.ask(
            "get", self._address("metadata", path), deadline=deadline, token=token
        )
        data = self._data(answer, "read the versions of", path)
        found = data.get("versions")
        versions = [
            _version({**about, "version": int(number)})
            for number, about in (found.items() if isinstance(found, Mapping) else ())
        ]
        return History(
            current=int(data.get("current_version") or 0),
            versions=tuple(sorted(versions, key=lambda version: version.number)),
        )

    def write(
        self,
        path: str,
        values: Mapping[str, Any],
        *,
        expected_version: int | None,
        token: str,
        deadline: Deadline,
    ) -> int:
        """Write a new version and return its number.

        Parameters
        ----------
        path
            Of the secret.
        values
            All of its keys and values.
        expected_version
            The newest version's number, 0 for none: nothing is written if there is another
            (check-and-set). ``None`` to write whatever there is.
        token
            Whose rights count.
        deadline
            Of the call.
        """
        options = {} if expected_version is None else {"options": {"cas": expected_version}}
        answer = self._post("data", path, {"data": dict(values), **options}, token, deadline)
        return int(self._data(answer, Said("write"), path).get("version") or 0)

    def delete(self, path: str, *, token: str, deadline: Deadline) -> None:
        """Delete the newest version; `undelete` takes it back."""
        address = self._address("data", path)
        answer = self._http.ask("delete", address, deadline=deadline, token=token)
        self._done(answer, Said("delete"), path)

    def undelete(self, path: str, version: int, *, token: str, deadline: Deadline) -> None:
        """Take back the deletion of a version."""
        answer = self._post("undelete", path, {"versions": [version]}, token, deadline)
        self._done(answer, Said("restore"), path)

    def destroy(self, path: str, *, token: str, deadline: Deadline) -> None:
        """Delete a secret with all its versions, for good."""
        address = self._address("metadata", path)
        answer = self._http.ask("delete", address, deadline=deadline, token=token)
        self._done(answer, Said("delete all versions of"), path)

    def _post(
        self, kind: str, path: str, body: Mapping[str, Any], token: str, deadline: Deadline
    ) -> requests.Response:
        address = self._address(kind, path)
        return self._http.ask("post", address, deadline=deadline, token=token, json=body)

    def _address(self, kind: str, path: str) -> str:
        return f"/v1/{quote(self._mount)}/{kind}/{quote(path)}"

    def _data(
        self, answer: requests.Response, action: str, path: str, version: int | None = None
    ) -> Mapping[str, Any]:
        self._done(answer, action, path, version)
        data = json_of(answer).get("data")
        if not isinstance(data, Mapping):
            raise self._refusals.no_kv_2()
        return data

    def _done(
        self, answer: requests.Response, action: str, path: str, version: int | None = None
    ) -> None:
        if answer.status_code not in {200, 204}:
            raise self._refusals.of(answer, action=action, path=path, version=version)


def _version(about: Mapping[str, Any]) -> Version:
    return Version(
        number=int(about.get("version") or 0),
        created_at=str(about.get("created_time") or ""),
        deleted_at=str(about.get("deletion_time") or "") or None,
        destroyed=about.get("destroyed") is True,
    )
