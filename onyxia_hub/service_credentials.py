"""The credentials of a service: got at its launch, renewed while it runs, ended with it.

`CredentialsMixin` knows the site's providers and the user's login; where a service's credentials
are kept is the spawner's part.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

from traitlets import Float, Instance, TraitType, default
from traitlets.config import Configurable

from onyxia_hub.credentials.base import Credentials, Held, Provider, TokenKind
from onyxia_hub.credentials.leases import Lease
from onyxia_hub.credentials.minting import Minted, Wishes, mint
from onyxia_hub.credentials.outcome import Outcome
from onyxia_hub.credentials.renewal import renew
from onyxia_hub.credentials.revocation import revoke_all
from onyxia_hub.errors import (
    CredentialsGone,
    LaunchError,
    LoginEnded,
    LoginExpired,
)
from onyxia_hub.language import Said
from onyxia_hub.manifests.command import expiry_of, expiry_text
from onyxia_hub.manifests.names import EXPIRY_FILE
from onyxia_hub.owner import Owner
from onyxia_hub.phases import Phases
from onyxia_hub.settings import Settings
from onyxia_hub.shared import providers_of

__all__ = ["CredentialsMixin", "Ends"]

#: The end (aware, UTC) of the credentials of each provider.
Ends: TypeAlias = Mapping[str, datetime]
_TOKENS: tuple[TokenKind, ...] = ("access_token", "id_token")


class CredentialsMixin(Configurable):
    """The credentials' part of a spawner; stands before the spawner class."""

    onyxia_settings = Instance(
        Settings, help="The site's settings, as read from the settings file."
    ).tag(config=True)
    revocation_timeout = Float(
        3.0, help="Longest wait, in seconds, for a provider to end the credentials of a service."
    ).tag(config=True)
    providers: TraitType[Any, Any] = Instance(
        Sequence, help="The credential providers that the settings ask for, shared by all spawners."
    )

    # What the spawner class behind this mixin brings along.
    authenticator: Any
    user: Any
    name: str
    log: Any
    phases: Phases

    @default("providers")
    def _providers(self) -> Sequence[Provider]:
        return providers_of(self.onyxia_settings)

    # -- what a platform decides

    def credentials_dir(self) -> str:
        """Return the absolute path under which the program will see its credentials' files."""
        raise NotImplementedError

    def launch_leases(self) -> Mapping[str, Lease]:
        """Return the leases, by provider, that the running service had at its launch."""
        raise NotImplementedError

    async def held(self) -> Held | None:
        """Return what the running service holds; ``None`` if nothing is there.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If it can't be read.
        """
        raise NotImplementedError

    async def keep(
        self, held: Held, *, env: Mapping[str, str], files: Mapping[str, str], ends: Ends
    ) -> None:
        """Give the running service what was renewed; the rest of what it holds stays.

        Parameters
        ----------
        held
            What it holds.
        env, files
            What is new.
        ends
            When the credentials of each provider end by now.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If it can't be written.
        """
        raise NotImplementedError

    # -- of one launch

    @property
    def owner(self) -> Owner:
        """The person whose service it is."""
        return Owner(self.user, self.authenticator)

    def group_names(self) -> frozenset[str]:
        """Return the names of the user's groups."""
        return self.owner.group_names

    async def mint_credentials(self, wishes: Wishes, *, vault_secret: str | None) -> Minted:
        """Get what a profile wishes, and say how far that is.

        Parameters
        ----------
        wishes
            The profile's.
        vault_secret
            Path of the secret that the user chose; ``None`` for none.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        wanted = [provider for provider in self.providers if _wants(wishes, provider)]
        if wanted:
            self.phases.report(10, _getting([provider.label for provider in wanted]))
        auth_state, refusal = await self.owner.login() if wanted else (None, None)
        if refusal and any(provider.name not in wishes.optional for provider in wanted):
            raise refusal
        try:
            minted = await mint(
                # Without a login nobody can be asked; what is optional is reported as missing.
                [] if refusal else self.providers,
                self.owner.identity(auth_state or {}),
                wishes,
                directory=self.credentials_dir(),
                service=self._service_name,
                vault_secret=vault_secret,
                git=True,
            )
        except LoginExpired as ended:
            raise self.owner.why_expired(ended) from None
        if refusal:
            missing = {provider.name: refusal.message for provider in wanted}
            return replace(minted, missing={**minted.missing, **missing})
        return minted

    # -- of a running service

    async def renew_credentials(
        self, names: Collection[str], *, refresh_login: bool = True
    ) -> Mapping[str, Outcome]:
        """Renew what the running service holds, and keep it.

        Parameters
        ----------
        names
            Providers. Of others, and of those that the service has nothing of, nothing is said.
        refresh_login
            Whether the login may be refreshed at the identity provider first. Without, what needs
            a login is renewed by the tokens of the last one, as long as they last.

        Returns
        -------
        dict
            By provider, what it gave, or why it is not renewed. A login that has ended renews
            nothing, not even what needs no login: its user may have been disabled.
        """
        try:
            auth_state, refusal = await self.owner.login(refresh=refresh_login)
            if refusal:
                # It was there at the launch: one that is not there now was taken away.
                return dict.fromkeys(names, LoginEnded())
            held = await self.held()
            if held is None:
                raise CredentialsGone
            lives = {name: lease.life for name, lease in self.launch_leases().items()}
            renewal = await renew(
                self.providers,
                self.owner.identity(auth_state or {}),
                replace(held, lives=lives),
                names=names,
                service=self._service_name,
            )
        except LaunchError as error:
            return dict.fromkeys(names, error)
        outcomes = {name: self._explained(outcome) for name, outcome in renewal.outcomes.items()}
        if not renewal.renewed:
            return outcomes
        try:
            ends = expiry_of(held.files.get(EXPIRY_FILE, ""))
            ends |= {name: given.expires_at for name, given in renewal.renewed.items()}
            files = {**renewal.files, EXPIRY_FILE: expiry_text(ends)}
            await self.keep(held, env=renewal.env, files=files, ends=ends)
        except LaunchError as error:
            # Nobody will ever use what could not be kept.
            await self.revoke(renewal.env)
            return {
                name: outcome if isinstance(outcome, LaunchError) or not _is_new(outcome) else error
                for name, outcome in outcomes.items()
            }
        return outcomes

    async def revoke(self, minted: Mapping[str, str]) -> None:
        """End what can be ended of a service's credentials, in ``revocation_timeout``.

        Parameters
        ----------
        minted
            The environment variables that the providers gave.
        """
        service = f"{self.user.name}:{self.name}"
        await revoke_all(self.providers, minted, seconds=self.revocation_timeout, of=service)

    async def end_credentials(self) -> None:
        """Revoke what the running service holds, as far as that is possible.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If what it holds can't be read.
        """
        held = await self.held()
        if held is not None:
            await self.revoke(held.env)

    # -- the login

    @property
    def _service_name(self) -> str:
        return self.name or "default"

    def _explained(self, outcome: Outcome) -> Outcome:
        if not isinstance(outcome, LoginExpired):
            return outcome
        why = self.owner.why_expired(outcome)
        return LoginEnded() if why is outcome else why


def _wants(wishes: Wishes, provider: Provider) -> bool:
    return bool(getattr(wishes, provider.name) != "off")


def _getting(labels: Sequence[str]) -> Said:
    if len(labels) == 1:
        return Said("Getting {label} access", label=labels[0])
    return Said(
        "Getting {labels} and {last} access", labels=", ".join(labels[:-1]), last=labels[-1]
    )


def _is_new(credentials: Credentials) -> bool:
    """Return whether they replace what the service holds, instead of having been extended."""
    return bool(credentials.env or credentials.files)
