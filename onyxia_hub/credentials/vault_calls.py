"""The calls to Vault that services need. They block."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import requests

from onyxia_hub.credentials.login_token import LoginToken
from onyxia_hub.credentials.offload import Deadline
from onyxia_hub.credentials.vault_http import VaultHttp
from onyxia_hub.credentials.vault_refusals import Refusals, json_of
from onyxia_hub.language import Said
from onyxia_hub.settings import VaultSettings

__all__ = ["VaultCalls", "VaultToken"]


@dataclass(frozen=True, slots=True)
class VaultToken:
    """A token that Vault gave.

    Parameters
    ----------
    text
        The token.
    lease_seconds
        Its life; 0 if it never ends.
    renewable
        Whether it can be renewed in place.
    """

    text: str = field(repr=False)
    lease_seconds: int
    renewable: bool


class VaultCalls:
    """Speaks with one Vault. Its methods block.

    Parameters
    ----------
    settings
        The section ``vault``.
    refusals
        Translates Vault's answers.
    connections
        Most connections at a time.
    """

    def __init__(self, settings: VaultSettings, *, refusals: Refusals, connections: int) -> None:
        self._settings = settings
        self._refusals = refusals
        self._http = VaultHttp(settings, refusals=refusals, connections=connections)

    def login(self, token: LoginToken, *, deadline: Deadline) -> VaultToken:
        """Exchange the login's token for one of Vault.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            If Vault refuses.
        Transient
            Where another attempt makes sense.
        """
        mount = self._settings.auth_mount.strip("/")
        answer = self._http.ask(
            "post",
            f"/v1/auth/{quote(mount)}/login",
            deadline=deadline,
            json={"role": self._settings.role, "jwt": token.text},
        )
        if answer.status_code != 200:
            raise self._refusals.login(answer, token=token)
        return self._token_in(answer)

    def renew(self, token: str, *, deadline: Deadline) -> VaultToken | None:
        """Extend a token's life in place.

        Returns
        -------
        VaultToken or None
            ``None`` if it can't be extended: it has ended, was revoked, or is of a kind that can't.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            If Vault does not answer properly.
        Transient
            Where another attempt makes sense.
        """
        answer = self._http.ask("post", "/v1/auth/token/renew-self", deadline=deadline, token=token)
        if answer.status_code == 200:
            return self._token_in(answer)
        if answer.status_code in {400, 403}:
            return None
        raise self._refusals.in_general(answer)

    def _token_in(self, answer: requests.Response) -> VaultToken:
        auth = json_of(answer).get("auth")
        if not isinstance(auth, Mapping):
            auth = {}
        text, lease = auth.get("client_token"), auth.get("lease_duration")
        if not isinstance(text, str) or not text or not isinstance(lease, int):
            raise self._refusals.no_vault(Said("it gives no token"))
        return VaultToken(text=text, lease_seconds=lease, renewable=auth.get("renewable") is True)

    def read(self, path: str, *, top_dir: str, token: VaultToken, deadline: Deadline) -> Any:
        """Return the keys and values of a secret of the KV engine, version 2.

        Parameters
        ----------
        path
            Below ``top_dir``, checked before.
        top_dir
            The user's top directory.
        token
            Whose rights count.
        deadline
            Of the whole launch.

        Raises
        ------
        onyxia_hub.errors.SecretUnusable
            If it does not exist, was deleted, or may not be read.
        onyxia_hub.errors.CredentialError
            If Vault does not answer.
        Transient
            Where another attempt makes sense.
        """
        answer = self._get(f"{top_dir}/{path}", token=token, deadline=deadline)
        if answer.status_code == 200:
            return self._content_of(answer)
        place = f"{self._mount}/{top_dir}/{path}"
        raise self._refusals.secret(answer, path=path, place=place)

    def read_if_there(
        self, path: str, *, top_dir: str, token: VaultToken, deadline: Deadline
    ) -> Any:
        """Return the same of a secret that nobody chose; ``None`` if it can't be had.

        Parameters
        ----------
        path, top_dir, token, deadline
            As for `read`.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            If Vault does not answer.
        Transient
            Where another attempt makes sense.
        """
        answer = self._get(f"{top_dir}/{path}", token=token, deadline=deadline)
        if answer.status_code == 200:
            return self._content_of(answer)
        # There is none, it was deleted, or the site's policy keeps its users from such secrets.
        if answer.status_code in {400, 403, 404, 405}:
            return None
        raise self._refusals.in_general(answer)

    @property
    def _mount(self) -> str:
        return self._settings.kv_mount.strip("/")

    def _get(self, below: str, *, token: VaultToken, deadline: Deadline) -> requests.Response:
        address = f"/v1/{quote(self._mount)}/data/{quote(below)}"
        return self._http.ask("get", address, deadline=deadline, token=token.text)

    def _content_of(self, answer: requests.Response) -> Any:
        data = json_of(answer).get("data")
        content = data.get("data") if isinstance(data, Mapping) else None
        if isinstance(content, Mapping):
            return content
        detail = f"“{self._mount}” is no KV engine of version 2"
        raise self._refusals.misconfigured(detail, setting="kv_mount")

    def revoke(self, token: str, *, deadline: Deadline) -> bool:
        """End a token.

        Returns
        -------
        bool
            Whether it was still alive.

        Raises
        ------
        onyxia_hub.errors.CredentialError
            If Vault refuses.
        Transient
            Where another attempt makes sense.
        """
        answer = self._http.ask(
            "post", "/v1/auth/token/revoke-self", deadline=deadline, token=token
        )
        if answer.status_code in {200, 204}:
            return True
        if answer.status_code == 403:
            # An unknown token: it has ended by itself, or was revoked before.
            return False
        raise self._refusals.in_general(answer)
