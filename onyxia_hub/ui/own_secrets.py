"""REST: somebody's own secrets in Vault. For oneself only, whatever else one may do here.

``/hub/api/onyxia/users/USER/secrets/PATH``: with a slash at its end, or empty, a path is a folder.
Values stand in bodies only, never in an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from jupyterhub.scopes import needs_scope

from onyxia_hub.credentials.vault_kv import History, Secret
from onyxia_hub.errors import SecretForbidden, SecretGone, SecretInvalid
from onyxia_hub.language import Said
from onyxia_hub.own_vault import Moved, OwnVault, delete_folder, move, names_below
from onyxia_hub.settings import Settings
from onyxia_hub.ui.credentials import CHANGE_SCOPE
from onyxia_hub.ui.oneself import OwnHandler
from onyxia_hub.ui.secret_answer import secret_answer

__all__ = ["OwnSecrets", "handlers"]


class OwnSecrets(OwnHandler):
    """A folder, or a secret with its versions.

    Every method raises `onyxia_hub.errors.SecretError` where something can't be done, and
    `onyxia_hub.errors.LaunchError` where the login has ended or Vault does not answer.
    """

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str, path: str) -> None:
        """Answer with the names in a folder, or with keys, values and versions of a secret.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        path
            Below the user's directory. The query ``version`` asks for an older version of a
            secret; ``all=true`` for the paths of all secrets in a folder and those in it.
        """
        vault = self._vault(user_name)
        mount, top = await vault.place()
        if not path or path.endswith("/"):
            every = path and self._flag("all")
            names = await (names_below(vault, path) if every else vault.list(path))
            self._answer({"mount": mount, "directory": top, "folder": path, "names": names})
            return
        wanted = _number_in(self.get_query_argument("version", None), "version")
        history, secret = await _found(vault, path, wanted)
        self._answer(
            secret_answer(
                path,
                history=history,
                secret=secret,
                wanted=wanted,
                mount=mount,
                top_dir=top,
                now=datetime.now(UTC),
            )
        )

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def put(self, user_name: str, path: str) -> None:
        """Write ``{"values": {…}, "expected_version": …}``; answer ``{"version": …}``.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        path
            Of the secret. ``expected_version`` is the newest one that was read, 0 for a new
            secret; without, whatever there is is written over.
        """
        vault = self._vault(user_name)
        body = self._body("values", "expected_version")
        version = await vault.write(
            path, _mapping(body, "values"), expected_version=_expected(body)
        )
        self._answer({"version": version})

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def patch(self, user_name: str, path: str) -> None:
        """Change ``{"set": {…}, "remove": […], "expected_version": …}`` and leave other keys.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        path
            As for `put`.
        """
        vault = self._vault(user_name)
        body = self._body("set", "remove", "expected_version")
        removed = body.get("remove") or []
        if not isinstance(removed, list) or not all(isinstance(key, str) for key in removed):
            raise SecretInvalid(
                field="remove", problem=Said("is no list of keys"), fix=_AS_DOCUMENTED
            )
        version = await vault.merge(
            path,
            _mapping(body, "set") if "set" in body else {},
            remove=frozenset(removed),
            expected_version=_expected(body),
        )
        self._answer({"version": version})

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str, path: str) -> None:
        """Make an older version the newest, or move a secret or a folder.

        ``{"restore": …, "expected_version": …}`` is answered with ``{"version": …}``;
        ``{"move_to": path, "old_versions": "keep" or "delete", "expected_version": …}``, for a
        folder with ``expected_count``, is answered with ``{"moved": number, "left": [paths]}``.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        path
            As for `put`; a folder's ends in a slash.
        """
        vault = self._vault(user_name)
        if "move_to" in (self.get_json_body() or {}):
            self._answer(asdict(await self._move(vault, path)))
            return
        body = self._body("restore", "expected_version")
        wanted = _number(body.get("restore"), "restore", least=1)
        version = await vault.restore(path, wanted, expected_version=_expected(body))
        self._answer({"version": version})

    async def _move(self, vault: OwnVault, path: str) -> Moved:
        expected = "expected_count" if path.endswith("/") else "expected_version"
        body = self._body("move_to", "old_versions", expected)
        target, old = body["move_to"], body.get("old_versions")
        if not isinstance(target, str):
            raise SecretInvalid(field="move_to", problem=Said("is no path"), fix=_AS_DOCUMENTED)
        if old not in {"keep", "delete"}:
            raise SecretInvalid(
                field="old_versions", problem=Said("is neither keep nor delete"), fix=_AS_DOCUMENTED
            )
        return await move(
            vault, path, target, keep_versions=old == "keep", expected=_expected(body, expected)
        )

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def delete(self, user_name: str, path: str) -> None:
        """Delete the newest version, or with the query ``all_versions=true`` all, for good.

        Of a folder that is done with all secrets in it, and answered with ``{"deleted": number}``.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        path
            Of the secret, or of the folder, with a slash at its end. For a folder, the query
            ``expected_count`` is the number of secrets that was seen in it.
        """
        vault = self._vault(user_name)
        every = self._flag("all_versions")
        if path.endswith("/"):
            count = _number_in(self.get_query_argument("expected_count", None), "expected_count")
            deleted = await delete_folder(vault, path, every=every, expected_count=count)
            self._answer({"deleted": deleted})
            return
        await (vault.destroy(path) if every else vault.delete(path))
        self.set_status(204)

    def _flag(self, name: str) -> bool:
        given: str = self.get_query_argument(name, "false")
        if given not in {"true", "false"}:
            raise SecretInvalid(
                field=name, problem=Said("is neither true nor false"), fix=_AS_DOCUMENTED
            )
        return given == "true"

    def _vault(self, user_name: str) -> OwnVault:
        return OwnVault(self.oneself(user_name), self.authenticator, self.onyxia_settings)

    def _body(self, *known: str) -> Mapping[str, Any]:
        body = self.get_json_body()
        if not isinstance(body, dict) or not body.keys() <= set(known):
            raise SecretInvalid(
                field=Said("the body"), problem=Said("is not what is expected"), fix=_AS_DOCUMENTED
            )
        return body

    def _answer(self, content: Mapping[str, Any]) -> None:
        self.write(json.dumps(content))


_AS_DOCUMENTED = Said("See docs/how-to/my-secrets.md.")


async def _found(
    vault: OwnVault, path: str, wanted: int | None
) -> tuple[History | None, Secret | None]:
    """Return a secret's versions, ``None`` if they may not be read, and one of them if it's there.

    Raises
    ------
    onyxia_hub.errors.SecretGone
        If there is no such secret or version.
    """
    try:
        history = await vault.history(path)
    except SecretForbidden:
        # A site's policy may give the secrets without what is known of them.
        return None, await vault.read(path, wanted)
    number = wanted or history.current
    version = next((each for each in history.versions if each.number == number), None)
    if version is None or not version.is_there(datetime.now(UTC)):
        if version is None and wanted:
            mount, below = await vault.place(path)
            raise SecretGone(
                what=Said(
                    "Version {version} of {place}", version=wanted, place="/".join((mount, below))
                ),
                fix=Said("Choose one that is listed."),
            )
        return history, None
    return history, await vault.read(path, number)


def _mapping(body: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    values = body.get(field)
    if not isinstance(values, dict):
        raise SecretInvalid(
            field=field, problem=Said("is no mapping of keys to values"), fix=_AS_DOCUMENTED
        )
    return values


def _expected(body: Mapping[str, Any], field: str = "expected_version") -> int | None:
    given = body.get(field)
    return None if given is None else _number(given, field, least=0)


def _number_in(text: str | None, field: str) -> int | None:
    if text is None:
        return None
    digits = text.isascii() and text.isdigit() and len(text) < 10
    return _number(int(text) if digits else None, field, least=1)


def _number(given: object, field: str, *, least: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given < 2**31:
        raise SecretInvalid(
            field=field,
            problem=Said("is no number of a version"),
            fix=Said("Write one from {least} on.", least=least),
        )
    return given


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    return [(r"/api/onyxia/users/([^/]+)/secrets/(.*)", OwnSecrets, {"settings": settings})]
