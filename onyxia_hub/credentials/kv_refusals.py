"""From what Vault's KV engine answers to the error with the right sentence."""

from __future__ import annotations

import re

import requests

from onyxia_hub.credentials.answers import clean
from onyxia_hub.credentials.offload import Transient
from onyxia_hub.credentials.vault_refusals import Refusals, words_of
from onyxia_hub.errors import (
    CredentialError,
    SecretChanged,
    SecretError,
    SecretForbidden,
    SecretGone,
    SecretRefused,
    SecretTooLarge,
)
from onyxia_hub.language import Said

__all__ = ["KvRefusals"]

_CHANGED = re.compile(r"check-and-set parameter did not match", re.IGNORECASE)
# Of Vault's listener, of its Raft storage and of Consul.
_TOO_LARGE = re.compile(r"too large|exceeds .*(limit|size)|max.*size", re.IGNORECASE)
_UNKNOWN_MOUNT = re.compile(r"no handler for route|unsupported path", re.IGNORECASE)
_LOOK_AGAIN = Said("It may have been renamed or deleted elsewhere: look into its folder again.")
_LIMIT = Said("usually 1 MiB, or 512 KiB where it keeps them in Consul")


class KvRefusals:
    """Translates for one KV engine.

    Parameters
    ----------
    refusals
        Of the whole Vault.
    mount
        Of the engine.
    """

    def __init__(self, refusals: Refusals, *, mount: str) -> None:
        self._refusals = refusals
        self._mount = mount

    def no_kv_2(self) -> CredentialError:
        """Return the error for an engine that answers in another way."""
        detail = Said("“{mount}” is no KV engine of version 2", mount=self._mount)
        return self._refusals.misconfigured(detail, setting="kv_mount")

    def of(
        self, answer: requests.Response, *, action: str, path: str, version: int | None
    ) -> SecretError | CredentialError | Transient:
        """Return the error for an answer that says no.

        Parameters
        ----------
        answer
            Vault's.
        action
            What was to be done, a verb for the sentence.
        path
            Below the mount.
        version
            The version that was asked for; ``None`` for the newest.
        """
        words = words_of(answer)
        place = f"{self._mount}/{path}"
        if _UNKNOWN_MOUNT.search(words):
            return self.no_kv_2()
        if answer.status_code == 413 or _TOO_LARGE.search(words):
            return SecretTooLarge(place=place, limit=_LIMIT)
        match answer.status_code:
            case 403:
                return SecretForbidden(action=action, place=place)
            case 404:
                what = (
                    Said("Version {version} of {place}", version=version, place=place)
                    if version
                    else place
                )
                return SecretGone(what=what, fix=_LOOK_AGAIN)
            case 400 | 405:
                return _refused(answer, action=action, place=place)
        return self._refusals.in_general(answer)


def _refused(answer: requests.Response, *, action: str, place: str) -> SecretError:
    words = words_of(answer)
    if _CHANGED.search(words):
        return SecretChanged(place=place)
    detail = clean(words) or f"HTTP {answer.status_code}"
    return SecretRefused(action=action, place=place, detail=detail)
