"""Calls to Vault in the name of a login, off the event loop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from onyxia_hub.credentials.offload import Deadline, Transient, WorkerPool, retrying
from onyxia_hub.credentials.revocation import revoke_all
from onyxia_hub.credentials.vault_kv import KvCalls
from onyxia_hub.credentials.vault_refusals import Refusals
from onyxia_hub.errors import NoVault, SecretForbidden
from onyxia_hub.own_access import Wanted, fresh_access
from onyxia_hub.own_vault.tokens import OwnToken, OwnTokens
from onyxia_hub.settings import Settings, VaultSettings
from onyxia_hub.shared import providers_of

__all__ = ["Asking", "end_own_access"]

_A_TOKEN = Wanted(vault="on")

T = TypeVar("T")

_THREADS = 16
_REVOCATION_SECONDS = 3.0


class _Engine:
    """What all users of one Vault share."""

    def __init__(self, settings: VaultSettings) -> None:
        self.timeout = settings.timeout
        self.refusals = Refusals(settings)
        self.calls = KvCalls(settings, refusals=self.refusals, connections=_THREADS)
        self.pool = WorkerPool(name="onyxia-secrets", threads=_THREADS)
        self.tokens = OwnTokens()


_engines: dict[str, _Engine] = {}


def _engine_of(settings: Settings) -> _Engine | None:
    if settings.vault is None:
        return None
    # By the content, as `providers_of` does.
    key = settings.vault.model_dump_json()
    if key not in _engines:
        _engines[key] = _Engine(settings.vault)
    return _engines[key]


class Asking:
    """Calls Vault for one user.

    Parameters
    ----------
    user
        JupyterHub's user, whose login is exchanged for a Vault token.
    authenticator
        The hub's.
    settings
        The site's.
    """

    def __init__(self, user: Any, authenticator: Any, settings: Settings) -> None:
        self._user = user
        self._authenticator = authenticator
        self._settings = settings

    async def token(self) -> OwnToken:
        """Return the user's token.

        Raises
        ------
        onyxia_hub.errors.NoVault
            If the site has none.
        onyxia_hub.errors.LaunchError
            If none can be had for the login.
        """
        token, _ = await self._token(self._engine())
        return token

    async def ask(
        self, call: Callable[[KvCalls, OwnToken, Deadline], T], *, repeat: bool = True
    ) -> T:
        """Make one call; with a new token if Vault refuses the one that was kept.

        Parameters
        ----------
        call
            Blocks; it is given the token of the user and the deadline to keep.
        repeat
            Whether it may be made again after an answer was lost.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            What the call raises, and what `token` does.
        """
        engine = self._engine()
        token, fresh = await self._token(engine)
        try:
            return await _in_a_thread(engine, call, token, repeat=repeat)
        except SecretForbidden:
            # Vault says the same of a token that was revoked, and of a right that is missing.
            if fresh:
                raise
        engine.tokens.drop(self._user.name, token)
        token, _ = await self._token(engine)
        return await _in_a_thread(engine, call, token, repeat=repeat)

    def _engine(self) -> _Engine:
        engine = _engine_of(self._settings)
        if engine is None:
            raise NoVault
        return engine

    async def _token(self, engine: _Engine) -> tuple[OwnToken, bool]:
        return await engine.tokens.of(self._user.name, self._new_token)

    async def _new_token(self) -> OwnToken:
        minted = await fresh_access(
            self._user, self._authenticator, self._settings, _A_TOKEN, service="secrets"
        )
        return OwnToken.of(minted)


async def end_own_access(username: str, settings: Settings) -> None:
    """Revoke the Vault token that the hub holds for somebody, if it does.

    Parameters
    ----------
    username
        Whose. The login must have been forgotten before, or a new token is made at the next use.
    settings
        The site's.
    """
    engine = _engine_of(settings)
    token = await engine.tokens.take(username) if engine is not None else None
    if token is not None:
        await revoke_all(
            [each for each in providers_of(settings) if each.name == "vault"],
            {"VAULT_TOKEN": token.text},
            seconds=_REVOCATION_SECONDS,
            of=f"the secrets page of {username}",
        )


async def _in_a_thread(
    engine: _Engine,
    call: Callable[[KvCalls, OwnToken, Deadline], T],
    token: OwnToken,
    *,
    repeat: bool,
) -> T:
    attempts = retrying if repeat else _once
    return await engine.pool.ask(
        lambda deadline: attempts(lambda: call(engine.calls, token, deadline), deadline=deadline),
        timeout=engine.timeout,
        unanswered=engine.refusals.unreachable,
    )


def _once(attempt: Callable[[], T], *, deadline: Deadline) -> T:  # as `retrying`
    """Call without another attempt: one whose answer was lost may have written."""
    try:
        return attempt()
    except Transient as failure:
        last = failure
    # Out of the except block: the exception's context may quote a token.
    raise last.error
