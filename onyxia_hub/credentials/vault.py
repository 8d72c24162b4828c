"""Vault and OpenBao: the login's token against a renewable Vault token."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from onyxia_hub.credentials.base import (
    CredentialRequest,
    Credentials,
    Held,
    Identity,
    TokenKind,
)
from onyxia_hub.credentials.exports import exports
from onyxia_hub.credentials.folders import user_folder
from onyxia_hub.credentials.login_token import LoginToken, token_for
from onyxia_hub.credentials.offload import Deadline, WorkerPool, retrying
from onyxia_hub.credentials.vault_calls import VaultCalls, VaultToken
from onyxia_hub.credentials.vault_refusals import LABEL, Refusals
from onyxia_hub.credentials.vault_secret import checked_path, environment
from onyxia_hub.errors import CredentialError
from onyxia_hub.manifests.git import GIT_SECRET, GitIdentity, beside, git_env
from onyxia_hub.settings import VaultSettings

__all__ = ["VaultProvider"]

_log = logging.getLogger(__name__)

# Threads wait for the network nearly all of the time; a hub starts 100 services at once by default.
_THREADS = 16
_TOKEN = "VAULT_TOKEN"  # noqa: S105  # a variable's name
_EXPORTS_FILE = "export-vault.sh"
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Wanted:
    path: str | None = None
    git: bool = False


@dataclass(frozen=True, slots=True)
class _Minted:
    token: VaultToken
    read: Mapping[str, str] = field(repr=False)


class VaultProvider:
    """Makes one Vault token per service, and reads the secrets that its launch needs.

    Parameters
    ----------
    settings
        The section ``vault``.
    """

    name: Literal["vault"] = "vault"
    label = LABEL

    def __init__(self, settings: VaultSettings) -> None:
        self.token: TokenKind = settings.token
        self.timeout = settings.timeout
        self._settings = settings
        self._refusals = Refusals(settings)
        self._calls = VaultCalls(settings, refusals=self._refusals, connections=_THREADS)
        self._pool = WorkerPool(name="onyxia-vault", threads=_THREADS)

    async def mint(self, identity: Identity, request: CredentialRequest) -> Credentials:
        """Log in at Vault, and read the chosen secret, and what is kept for git, with the token.

        A token that reaches nobody, because the secret is unusable or the caller has gone, is
        revoked.

        Parameters
        ----------
        identity
            Who it is for.
        request
            ``vault_secret`` names the secret whose keys become environment variables; with
            ``git`` those of git are there where the user keeps them.

        Raises
        ------
        onyxia_hub.errors.LoginExpired
            If the login's token has ended, before Vault is asked.
        onyxia_hub.errors.SecretUnusable
            If the chosen secret can't be turned into environment variables.
        onyxia_hub.errors.CredentialError
            One subclass per cause.
        """
        top_dir = self._top_dir(identity.username)
        chosen = request.vault_secret
        path = checked_path(chosen, top_dir=top_dir) if chosen else None
        minted_at = datetime.now(UTC)
        wanted = _Wanted(path=path, git=request.git)
        minted = await self._log_in(
            identity, service=request.service, top_dir=top_dir, wanted=wanted
        )
        env = {**minted.read, **self._environment(minted.token, top_dir, path)}
        return _credentials(minted.token, minted_at, env=env)

    def holds(self, held: Held) -> bool:
        """Return whether a service has a Vault token."""
        return _TOKEN in held.env

    async def renew(self, identity: Identity, held: Held, *, service: str) -> Credentials:
        """Extend the service's token in place, so that the one in its environment stays right.

        Where that is not possible (it has ended, or comes near the longest life that the role
        allows), the service gets a new one: whoever reads the file with the exports sees it.

        Raises
        ------
        onyxia_hub.errors.LoginExpired
            If a new one is needed, and the login's token has ended.
        onyxia_hub.errors.CredentialError
            One subclass per cause.
        """
        renewed_at = datetime.now(UTC)
        token = await self._pool.ask(
            lambda deadline: retrying(
                lambda: self._calls.renew(held.env[_TOKEN], deadline=deadline), deadline=deadline
            ),
            timeout=self.timeout,
            unanswered=self._refusals.unreachable,
        )
        usual = held.lives.get(self.name)
        # A lease of 0 seconds has no end.
        if token is not None and (
            not token.lease_seconds or usual is None or token.lease_seconds >= usual / 2
        ):
            return _credentials(token, renewed_at, env={})
        top_dir = self._top_dir(identity.username)
        new = await self._log_in(identity, service=service, top_dir=top_dir, wanted=_Wanted())
        return _credentials(new.token, renewed_at, env={_TOKEN: new.token.text})

    async def _log_in(
        self, identity: Identity, *, service: str, top_dir: str, wanted: _Wanted
    ) -> _Minted:
        login = token_for(
            identity,
            self.token,
            provider=LABEL,
            endpoint=self._refusals.endpoint,
            setting="vault.token",
        )
        asked_at = datetime.now(UTC)
        minted = await self._pool.ask(
            lambda deadline: self._blocking(login, top_dir, wanted, deadline),
            timeout=self.timeout,
            unanswered=self._refusals.unreachable,
        )
        self._report(identity, service, minted.token, _end_of(minted.token, asked_at))
        return minted

    async def revoke(self, env: Mapping[str, str]) -> None:
        """End the token of a service.

        Parameters
        ----------
        env
            The service's environment variables; without a token there is nothing to do.
        """
        token = env.get(_TOKEN)
        if not token:
            return
        why = ""
        try:
            alive = await self._pool.run(
                lambda deadline: self._end(token, deadline), timeout=self.timeout
            )
        except TimeoutError:
            why = f"no answer within {self.timeout:g} s"
        except CredentialError as cause:
            why = cause.message
        else:
            _log.debug("Vault token %s", "revoked" if alive else "had already ended")
        if why:
            _log.warning("A Vault token was not revoked, it ends with its lease: %s", why)

    def _blocking(
        self, login: LoginToken, top_dir: str, wanted: _Wanted, deadline: Deadline
    ) -> _Minted:
        token = retrying(lambda: self._calls.login(login, deadline=deadline), deadline=deadline)
        kept = False
        try:
            own = self._secret(wanted.path, top_dir, token, deadline) if wanted.path else {}
            git = self._git(top_dir, token, deadline) if wanted.git else {}
            kept = not deadline.abandoned
        finally:
            if not kept:
                self._end_quietly(token)
        return _Minted(token=token, read=beside(git, own))

    def _secret(
        self, path: str, top_dir: str, token: VaultToken, deadline: Deadline
    ) -> dict[str, str]:
        content = retrying(
            lambda: self._calls.read(path, top_dir=top_dir, token=token, deadline=deadline),
            deadline=deadline,
        )
        return environment(content, path=path)

    def _git(self, top_dir: str, token: VaultToken, deadline: Deadline) -> dict[str, str]:
        kept = retrying(
            lambda: self._calls.read_if_there(
                GIT_SECRET, top_dir=top_dir, token=token, deadline=deadline
            ),
            deadline=deadline,
        )
        return git_env(GitIdentity.of(kept or {}))

    def _end(self, token: str, deadline: Deadline) -> bool:
        return retrying(lambda: self._calls.revoke(token, deadline=deadline), deadline=deadline)

    def _end_quietly(self, token: VaultToken) -> None:
        try:
            self._end(token.text, Deadline(self.timeout))
        except CredentialError as cause:
            _log.warning("An unused Vault token was not revoked: %s", cause.message)

    def _top_dir(self, username: str) -> str:
        top_dir = user_folder(self._settings.top_dir, username)
        if not top_dir:
            detail = f"“{username}” can't be part of a folder's name"
            raise self._refusals.misconfigured(detail, setting="top_dir")
        return top_dir

    def _environment(self, token: VaultToken, top_dir: str, path: str | None) -> dict[str, str]:
        """Return the variables by Onyxia's names (library-chart, ``_secret.tpl``)."""
        env = {
            "VAULT_ADDR": self._settings.address,
            _TOKEN: token.text,
            "VAULT_MOUNT": self._settings.kv_mount.strip("/"),
            "VAULT_TOP_DIR": top_dir,
        }
        if path:
            env["VAULT_RELATIVE_PATH"] = path
        if self._settings.namespace:
            env["VAULT_NAMESPACE"] = self._settings.namespace
        return env

    def _report(
        self,
        identity: Identity,
        service: str,
        token: VaultToken,
        expires_at: datetime,
    ) -> None:
        _log.info(
            "Vault token for %s, service %s, until %s",
            identity.username,
            service or "(default)",
            expires_at,
        )
        if not token.renewable:
            _log.warning(
                "Vault tokens of the role %s can't be renewed, so services lose them at the end of "
                "the lease: set token_period and a token_type other than batch on the role",
                self._settings.role,
            )


def _end_of(token: VaultToken, minted_at: datetime) -> datetime:
    return minted_at + timedelta(seconds=token.lease_seconds) if token.lease_seconds else _NEVER


def _credentials(token: VaultToken, minted_at: datetime, *, env: Mapping[str, str]) -> Credentials:
    """Return what a service gets: the file goes with the variable."""
    return Credentials(
        provider=VaultProvider.name,
        minted_at=minted_at,
        expires_at=_end_of(token, minted_at),
        env=env,
        files={_EXPORTS_FILE: exports({_TOKEN: env[_TOKEN]})} if _TOKEN in env else {},
    )
