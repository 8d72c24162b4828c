"""All credentials of one launch, minted at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from onyxia_hub.credentials import metrics
from onyxia_hub.credentials.base import CredentialRequest, Credentials, Identity, Provider
from onyxia_hub.credentials.outcome import Outcome, outcome_of
from onyxia_hub.errors import LaunchError, LoginExpired, SecretUnusable
from onyxia_hub.language import Said

__all__ = ["Minted", "Wishes", "mint"]

_log = logging.getLogger(__name__)

_OFF = "off"
# What a site without the section in its settings lacks.
_ABSENT = {
    "s3": Said("This platform has no S3 storage, so the service starts without it."),
    "vault": Said("This platform has no Vault, so the service starts without it."),
}


class Wishes(Protocol):
    """The profile's `CredentialWishes`: this layer does not import the catalogue."""

    @property
    def s3(self) -> str:
        """``refreshable``, ``static`` or ``off``."""

    @property
    def vault(self) -> str:
        """``on`` or ``off``."""

    @property
    def optional(self) -> frozenset[str]:
        """Providers without which the service starts all the same."""


@dataclass(frozen=True, slots=True)
class Minted:
    """What a service gets.

    Parameters
    ----------
    env
        Environment variables; secret.
    files
        Text by file name; secret.
    expires_at
        End of the credentials by provider, if nobody refreshes them (aware, UTC).
    missing
        Sentences, by provider, on credentials that the profile wishes and the service starts
        without.
    """

    env: Mapping[str, str] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    expires_at: Mapping[str, datetime]
    missing: Mapping[str, str]


async def mint(
    providers: Sequence[Provider],
    identity: Identity,
    wishes: Wishes,
    *,
    directory: str,
    service: str,
    vault_secret: str | None,
    git: bool = False,
) -> Minted:
    """Ask every provider that the profile wishes, all at once.

    A provider that this site does not have counts as missing, whatever the profile says of it: the
    catalogue is the same on every site.

    Parameters
    ----------
    providers
        The site's providers.
    identity
        Who the credentials are for.
    wishes
        What the profile wishes.
    directory
        Absolute path under which the program will see the files.
    service
        Name of the service.
    vault_secret
        Path of the chosen Vault secret; ``None`` for none.
    git
        Whether what the user keeps for git in Vault comes along.

    Raises
    ------
    onyxia_hub.errors.LaunchError
        If one that is not optional fails, after what the others made was revoked; and always for a
        chosen secret that can't be used, since the user can choose again.
    """
    modes = {"s3": wishes.s3, "vault": wishes.vault}
    wanted = [provider for provider in providers if modes[provider.name] != _OFF]
    present = {provider.name for provider in wanted}
    if vault_secret and "vault" not in present:
        raise SecretUnusable(
            path=vault_secret,
            problem=Said("can't be read, since this service gets no Vault access"),
            fix=Said("Choose no secret, or a profile and a platform with Vault."),
        )
    tasks = [
        asyncio.ensure_future(
            outcome_of(
                provider,
                partial(
                    provider.mint,
                    identity,
                    CredentialRequest(
                        mode=modes[provider.name],
                        directory=directory,
                        service=service,
                        vault_secret=vault_secret if provider.name == "vault" else None,
                        git=git and provider.name == "vault",
                    ),
                ),
            )
        )
        for provider in wanted
    ]
    try:
        outcomes = await asyncio.gather(*tasks)
    except asyncio.CancelledError:
        done = [task.result() for task in tasks if task.done() and not task.cancelled()]
        await asyncio.shield(_revoke(wanted, done))
        raise
    for provider, outcome in zip(wanted, outcomes, strict=True):
        metrics.count_minting(provider.name, outcome)
    fatal = _worst(
        [
            outcome
            for provider, outcome in zip(wanted, outcomes, strict=True)
            if isinstance(outcome, SecretUnusable)
            or (isinstance(outcome, LaunchError) and provider.name not in wishes.optional)
        ]
    )
    if fatal is not None:
        await _revoke(wanted, outcomes)
        raise fatal
    missing: dict[str, str] = {
        name: _ABSENT[name] for name, mode in modes.items() if mode != _OFF and name not in present
    }
    return _together(wanted, outcomes, missing)


def _worst(errors: Sequence[Outcome]) -> LaunchError | None:
    """Return the error to tell: an ended login explains all others."""
    failed = [error for error in errors if isinstance(error, LaunchError)]
    ended = [error for error in failed if isinstance(error, LoginExpired)]
    return next(iter(ended or failed), None)


def _together(
    wanted: Sequence[Provider],
    outcomes: Sequence[Outcome],
    missing: dict[str, str],
) -> Minted:
    env: dict[str, str] = {}
    files: dict[str, str] = {}
    expires_at: dict[str, datetime] = {}
    for provider, outcome in zip(wanted, outcomes, strict=True):
        if isinstance(outcome, LaunchError):
            missing[provider.name] = outcome.message
            _log.warning("Launch without %s: %s", provider.label, outcome.message)
            continue
        env |= outcome.env
        files |= outcome.files
        expires_at[provider.name] = outcome.expires_at
    return Minted(env=env, files=files, expires_at=expires_at, missing=missing)


async def _revoke(wanted: Sequence[Provider], outcomes: Sequence[Outcome]) -> None:
    by_name: dict[str, Provider] = {provider.name: provider for provider in wanted}
    await asyncio.gather(
        *(
            by_name[outcome.provider].revoke(outcome.env)
            for outcome in outcomes
            if isinstance(outcome, Credentials)
        )
    )
