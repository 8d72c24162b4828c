"""From what Vault answers to the error with the right sentence.

Statuses: Vault API documentation, "HTTP status codes" and ``/sys/health``. The words were recorded
from OpenBao 2.7, whose JWT login is HashiCorp's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import requests

from onyxia_hub.credentials.answers import about_the_token, clean, printable_address
from onyxia_hub.credentials.login_token import LoginToken
from onyxia_hub.credentials.offload import Transient
from onyxia_hub.errors import (
    CredentialError,
    ProviderMisconfigured,
    ProviderUnreachable,
    SecretUnusable,
    TokenRefused,
    VaultSealed,
)
from onyxia_hub.language import Said
from onyxia_hub.settings import VaultSettings

__all__ = ["LABEL", "Refusals", "json_of", "words_of"]

LABEL = "Vault"

_UNKNOWN_ROLE = re.compile(r"missing role|\brole .*(could not be|not) found", re.IGNORECASE)
_UNKNOWN_MOUNT = re.compile(r"no handler for route|unsupported path", re.IGNORECASE)
_KEYS_AWAY = re.compile(r"fetching keys|fetch keys|jwks", re.IGNORECASE)
_ISSUER = re.compile(r"\biss(uer)?\b", re.IGNORECASE)
_NOT_NOW = {
    429: Said("it is overloaded"),
    472: Said("it is a standby node"),
    473: Said("it is a standby node"),
    501: Said("it has not been initialised yet"),
}


class Refusals:
    """Translates for one site.

    Every method returns the error, or a `Transient` with it where another attempt makes sense.

    Parameters
    ----------
    settings
        The section ``vault``.
    """

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings
        self._endpoint = printable_address(settings.address)

    @property
    def endpoint(self) -> str:
        """The address as sentences show it."""
        return self._endpoint

    def unreachable(self, detail: str) -> ProviderUnreachable:
        """Return the error for an answer that did not come."""
        return ProviderUnreachable(provider=LABEL, endpoint=self._endpoint, detail=detail)

    def misconfigured(self, detail: str, *, setting: str) -> ProviderMisconfigured:
        """Return the error for something that this Vault does not have."""
        return ProviderMisconfigured(
            provider=LABEL, endpoint=self._endpoint, detail=detail, setting=f"vault.{setting}"
        )

    def no_vault(self, detail: str) -> ProviderMisconfigured:
        """Return the error for an answer that no Vault gave."""
        return self.misconfigured(
            Said("what answers there is no Vault: {detail}", detail=detail), setting="address"
        )

    def transport(self, cause: requests.RequestException) -> CredentialError | Transient:
        """Return the error for a connection that failed."""
        if isinstance(cause, requests.exceptions.SSLError):
            return self.unreachable(Said("its TLS certificate is not accepted"))
        if isinstance(cause, requests.exceptions.ReadTimeout):
            # The waiting took the deadline: a second attempt would only add load.
            return self.unreachable(Said("no answer in time"))
        slow = isinstance(cause, requests.exceptions.ConnectTimeout)
        detail = Said("no connection in time") if slow else Said("no connection")
        return Transient.no_connection(self.unreachable(detail))

    def login(self, answer: requests.Response, *, token: LoginToken) -> CredentialError | Transient:
        """Return the error for a login that Vault refused."""
        words = words_of(answer)
        mount = self._settings.auth_mount.strip("/")
        if answer.status_code == 403 or _UNKNOWN_MOUNT.search(words):
            # Vault says “permission denied” for a path that does not exist.
            detail = Said("there is no login at auth/{mount}, or not for this hub", mount=mount)
            return self.misconfigured(detail, setting="auth_mount")
        if answer.status_code != 400:
            return self.in_general(answer)
        if _UNKNOWN_ROLE.search(words):
            detail = Said("no role “{role}” at auth/{mount}", role=self._settings.role, mount=mount)
            return self.misconfigured(detail, setting="role")
        if not token.is_jwt:
            return self.misconfigured(Said("the login's token is not a JWT"), setting="token")
        return self._token(words, token)

    def _token(self, words: str, token: LoginToken) -> CredentialError:
        about = about_the_token(words, token=token, provider=LABEL, endpoint=self._endpoint)
        if about is not None:
            return about
        detail: str
        if _KEYS_AWAY.search(words):
            detail = Said("it can't get the identity provider's keys")
        elif _ISSUER.search(words):
            detail = Said("it does not trust the issuer of the login's token")
        else:
            detail = clean(words, token=token) or Said("it gives no reason")
        return TokenRefused(provider=LABEL, endpoint=self._endpoint, detail=detail)

    def secret(
        self, answer: requests.Response, *, path: str, place: str
    ) -> CredentialError | Transient:
        """Return the error for a secret that could not be read.

        Parameters
        ----------
        answer
            Vault's answer.
        path
            What the user chose.
        place
            The same with mount and top directory.
        """
        if answer.status_code == 404:
            return SecretUnusable(
                path=path,
                problem=Said("does not exist, or was deleted"),
                fix=Said("Create it at {place} in Vault, or choose another one.", place=place),
            )
        if answer.status_code in {400, 403, 405}:
            return SecretUnusable(
                path=path,
                problem=Said("may not be read with your login"),
                fix=Said(
                    "Check that you meant {place}; if so, ask an administrator for the right.",
                    place=place,
                ),
            )
        return self.in_general(answer)

    def in_general(self, answer: requests.Response) -> CredentialError | Transient:
        """Return the error for an answer whose status says enough."""
        status, words = answer.status_code, words_of(answer)
        if status == 503 and "sealed" in words:
            return VaultSealed(endpoint=self._endpoint)
        if status in _NOT_NOW or "not initialized" in words:
            return self.unreachable(_NOT_NOW.get(status, _NOT_NOW[501]))
        # 412: a node that has not yet seen what another one wrote.
        if status >= 500 or status == 412:
            return Transient.server_error(self.unreachable(f"HTTP {status}"))
        if "namespace" in words:
            detail = Said("no namespace “{namespace}”", namespace=self._settings.namespace)
            return self.misconfigured(detail, setting="namespace")
        if 300 <= status < 400:
            return self.no_vault(Said("it redirects elsewhere, HTTP {status}", status=status))
        return self.no_vault(f"HTTP {status}")


def json_of(answer: requests.Response) -> Mapping[str, Any]:
    """Return an answer's JSON object; an empty one for anything else."""
    try:
        content = answer.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, Mapping) else {}


def words_of(answer: requests.Response) -> str:
    """Return the reasons in Vault's answer; empty if it gives none."""
    errors = json_of(answer).get("errors")
    if not isinstance(errors, list):
        return ""
    return ", ".join(error for error in errors if isinstance(error, str))
