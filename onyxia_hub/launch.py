"""What a launch is on every platform: check the options, exchange the login, say how far it is.

`LaunchMixin` stands before a spawner class. It knows the catalogue, the providers and the form; how
a program is run is the spawner's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from traitlets import Float, Instance, TraitType, Unicode, default
from traitlets.config import Configurable

import onyxia_hub
from onyxia_hub.catalogue.form import options_from_form
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.profile_list import profile_list
from onyxia_hub.credentials.base import Identity, Provider, TokenKind
from onyxia_hub.credentials.minting import Minted, mint
from onyxia_hub.credentials.revocation import revoke_all
from onyxia_hub.discovery import (
    Published,
    chosen,
    published_by,
    token_scopes,
    variables_for,
)
from onyxia_hub.errors import (
    LaunchError,
    LaunchLinkUnconfirmed,
    LoginExpired,
    NeverLoggedIn,
    ProviderUnreachable,
)
from onyxia_hub.last_output import Output
from onyxia_hub.manifests.env import contract_env
from onyxia_hub.manifests.names import INIT_SCRIPT, START_SCRIPT
from onyxia_hub.manifests.start import start_script
from onyxia_hub.phases import Phases
from onyxia_hub.service_limit import ServiceRecord
from onyxia_hub.settings import Settings
from onyxia_hub.shared import catalogue_in, default_profiles, providers_of

__all__ = ["FORM_TEMPLATES", "Launch", "LaunchMixin"]

_PACKAGE = Path(onyxia_hub.__file__).parent
#: Folder of the launch form's template, ``form.html``.
FORM_TEMPLATES = _PACKAGE / "ui" / "templates" / "form"
_TOKENS: tuple[TokenKind, ...] = ("access_token", "id_token")


@dataclass(frozen=True, slots=True)
class Launch:
    """Everything that is known of a service before its program is started.

    Parameters
    ----------
    options
        The checked options.
    env
        Credentials' and user's environment variables and the contract's; secret.
    files
        Text by file name for the credentials directory; secret.
    minted
        The environment variables as the providers gave them, which `Provider.revoke` takes.
    minted_at
        When the credentials were minted (aware, UTC).
    expires_at
        When each provider's credentials end.
    missing
        Sentences, by provider, on optional credentials that could not be had.
    """

    options: LaunchOptions
    env: Mapping[str, str] = field(repr=False)
    files: Mapping[str, str] = field(repr=False)
    minted: Mapping[str, str] = field(repr=False)
    minted_at: datetime
    expires_at: Mapping[str, datetime]
    missing: Mapping[str, str]

    @property
    def display_name(self) -> str:
        """How sentences for people call the service's program."""
        return self.options.profile.display_name.en


class _Link:
    """What the link behind a request asked for; the first rendering of the form takes it."""

    def __init__(self, *, spawner: object, options: dict[str, Any]) -> None:
        self._spawner = spawner
        self._options: dict[str, Any] | None = options

    def take(self, spawner: object) -> dict[str, Any] | None:
        if spawner is not self._spawner:
            return None
        options, self._options = self._options, None
        return options


# Tornado runs each request as a task, so each has its own value. The spawner would not do: it
# outlives the request, shows its options by REST, and serves other requests at the same time.
_link: ContextVar[_Link | None] = ContextVar("onyxia_hub_launch_link", default=None)


class LaunchMixin(ServiceRecord, Configurable):
    """The platform-independent half of a spawner; stands before the spawner class."""

    onyxia_settings = Instance(
        Settings, help="The site's settings, as read from the settings file."
    ).tag(config=True)
    profiles_folder = Unicode(
        help="Folder of the catalogue's profile files; the package's own if not set."
    ).tag(config=True)
    catalogue = Instance(
        Catalogue, help="The catalogue, read once per process from `profiles_folder`."
    )
    revocation_timeout = Float(
        3.0, help="Longest wait, in seconds, for a provider to end the credentials of a service."
    ).tag(config=True)
    providers: TraitType[Any, Any] = Instance(
        Sequence, help="The credential providers that the settings ask for, shared by all spawners."
    )

    # What the spawner class behind this mixin brings along.
    authenticator: Any
    user: Any
    user_options: Any
    name: str
    api_token: str
    log: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.phases = Phases()
        self.launch: Launch | None = None
        super().__init__(*args, **kwargs)

    @default("profiles_folder")
    def _profiles_folder(self) -> str:
        return str(self.onyxia_settings.hub.profiles or default_profiles())

    @default("catalogue")
    def _catalogue(self) -> Catalogue:
        return catalogue_in(Path(self.profiles_folder))

    @default("providers")
    def _providers(self) -> Sequence[Provider]:
        return providers_of(self.onyxia_settings)

    # -- what a platform decides

    def why_unavailable(self, profile: Profile) -> str | None:
        """Return why this platform can't run a profile, as a sentence; ``None`` if it can."""
        return None

    def credentials_dir(self) -> str:
        """Return the absolute path under which the program will see its credentials' files."""
        raise NotImplementedError

    def working_dir_of(self, options: LaunchOptions) -> str | None:
        """Return the program's working directory; ``None`` for the image's own."""
        raise NotImplementedError

    async def last_output(self) -> Output:
        """Return what the service's program wrote before it ended, without secrets."""
        raise NotImplementedError

    # -- the launch

    def group_names(self) -> frozenset[str]:
        """Return the names of the user's groups."""
        return frozenset(group.name for group in self.user.groups)

    async def prepare_launch(self) -> Launch:
        """Check the options, exchange the login, and keep the result as ``launch``.

        The options come first: a wrong one is refused before anybody is asked for credentials.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        self.phases.report(5, "Checking your options")
        options = parse_options(
            self.user_options,
            catalogue=self.catalogue,
            groups=self.group_names(),
            why_unavailable=self.why_unavailable,
        )
        minted = await self._mint(options)
        files = {**minted.files, START_SCRIPT: start_script()}
        if options.init_script:
            files[INIT_SCRIPT] = options.init_script
        contract = contract_env(
            image=options.image,
            working_dir=self.working_dir_of(options),
            git_repository=options.git_repository,
            git_branch=options.git_branch,
            command=options.command,
            port=options.port if options.profile.own_program else None,
        )
        self.launch = Launch(
            options=options,
            env={**contract, **self._discovered(options), **minted.env, **options.env},
            files=files,
            minted=minted.env,
            minted_at=datetime.now(UTC),
            expires_at=minted.expires_at,
            missing=minted.missing,
        )
        for sentence in minted.missing.values():
            self.phases.report(20, sentence)
        return self.launch

    @default("server_token_scopes")
    def _server_token_scopes(self) -> Callable[[LaunchMixin], list[str]]:
        return LaunchMixin.scopes_of_token

    def scopes_of_token(self) -> list[str]:
        """Return what the service may do at the hub."""
        return token_scopes(self.user.name, self._published())

    def _published(self) -> list[Published]:
        return published_by(self.user.spawners.values(), catalogue=self.catalogue)

    def _discovered(self, options: LaunchOptions) -> dict[str, str]:
        """Return the variables by which the program finds its owner's other services."""
        found = chosen(options.profile.discovery.consumes, self._published())
        for service in found:
            name = f" “{service.name}”" if service.name else ""
            self.phases.report(20, f"Found your {service.display_name}{name}")
        hub = self.onyxia_settings.hub
        return variables_for(found, hub=hub.services_url or hub.public_url, token=self.api_token)

    async def _mint(self, options: LaunchOptions) -> Minted:
        wishes = options.profile.credentials
        wanted = [provider for provider in self.providers if _wants(wishes, provider)]
        if wanted:
            names = " and ".join(provider.label for provider in wanted)
            self.phases.report(10, f"Getting {names} access")
        auth_state, refusal = await self._login() if wanted else (None, None)
        if refusal and any(provider.name not in wishes.optional for provider in wanted):
            raise refusal
        try:
            minted = await mint(
                # Without a login nobody can be asked; what is optional is reported as missing.
                [] if refusal else self.providers,
                self._identity(auth_state or {}),
                wishes,
                directory=self.credentials_dir(),
                service=self.name or "default",
                vault_secret=options.vault_secret,
            )
        except LoginExpired:
            # A login that could not be refreshed because nobody answered has not ended. Only our
            # own authenticator can tell; a site may use another.
            if not getattr(self.authenticator, "provider_is_away", False):
                raise
            raise ProviderUnreachable(
                provider="The identity provider",
                endpoint=self.authenticator.issuer,
                detail="your login could not be refreshed",
            ) from None
        if refusal:
            missing = {provider.name: refusal.message for provider in wanted}
            return replace(minted, missing={**minted.missing, **missing})
        return minted

    async def _login(self) -> tuple[Mapping[str, Any] | None, LaunchError | None]:
        """Return the user's login, or why there is none to exchange."""
        # Only our own authenticator renews on request; a site may use another.
        renewed = getattr(self.authenticator, "renewed_auth_state", None)
        try:
            auth_state = await (renewed(self.user) if renewed else self.user.get_auth_state())
        except LoginExpired as ended:
            return None, ended
        return auth_state, None if auth_state else NeverLoggedIn(username=self.user.name)

    def _identity(self, auth_state: Mapping[str, Any]) -> Identity:
        return Identity(
            username=self.user.name,
            groups=tuple(sorted(self.group_names())),
            claims=auth_state.get("oauth_user") or {},
            tokens={kind: auth_state[kind] for kind in _TOKENS if auth_state.get(kind)},
        )

    async def revoke(self, minted: Mapping[str, str]) -> None:
        """End what can be ended of a service's credentials, in ``revocation_timeout``.

        Parameters
        ----------
        minted
            The environment variables that the providers gave.
        """
        service = f"{self.user.name}:{self.name}"
        await revoke_all(self.providers, minted, seconds=self.revocation_timeout, of=service)

    def clear_state(self) -> None:
        """Forget the launch; JupyterHub calls this before every start and after every stop."""
        self.phases.finish()
        self.phases = Phases()
        self.launch = None
        super().clear_state()  # type: ignore[misc]  # the spawner's

    # -- the form

    def visible_profiles(self) -> list[dict[str, Any]]:
        """Return KubeSpawner's ``profile_list`` of the profiles that the user may see."""
        return profile_list(
            self.catalogue.visible_to(self.group_names()),
            why_unavailable=self.why_unavailable,
        )

    @default("apply_user_options")
    def _apply_user_options_default(self) -> Callable[[object, object], None]:
        return _leave_to_the_start

    @default("options_from_form")
    def _options_from_form_default(self) -> Callable[[Mapping[str, list[str]]], dict[str, Any]]:
        return options_from_form

    def options_from_query(self, query_data: Mapping[str, list[str]]) -> dict[str, Any]:
        """Fill in the form from a link, and never launch.

        JupyterHub starts a server at once for ``GET /hub/spawn?opt-…``, which would let any web
        page run an init script in a visitor's name. Its handler (jupyterhub/handlers/pages.py,
        ``SpawnHandler._get``) shows the form with the sentence of whatever is raised here.

        Raises
        ------
        onyxia_hub.errors.LaunchLinkUnconfirmed
            Always, except for a link that can't be read.
        onyxia_hub.errors.InvalidOption
            If the link's options can't be read.
        """
        _link.set(_Link(spawner=self, options=options_from_form(query_data)))
        raise LaunchLinkUnconfirmed

    @contextmanager
    def link_filled_in(self) -> Iterator[None]:
        """Let ``user_options`` be what the request's link asked for, while one form is rendered.

        To be held around code without ``await`` only, so that nothing else sees them: neither
        another request nor a launch.
        """
        link = _link.get()
        options = link.take(self) if link else None
        if options is None:
            yield
            return
        own, self.user_options = self.user_options, options
        try:
            yield
        finally:
            self.user_options = own


def _leave_to_the_start(spawner: object, user_options: object) -> None:
    """Do nothing with the options: `LaunchMixin.prepare_launch` checks them and says what is wrong.

    JupyterHub takes options that nobody applies for forgotten, and logs their names, whatever text
    they are (jupyterhub/spawner.py, ``_run_apply_user_options``).
    """


def _wants(wishes: Any, provider: Provider) -> bool:
    return bool(getattr(wishes, provider.name) != "off")
