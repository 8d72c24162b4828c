"""What a launch is on every platform: check the options, exchange the login, say how far it is.

`LaunchMixin` stands before a spawner class. It knows the catalogue, the providers and the form; how
a program is run is the spawner's part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from traitlets import Instance, Unicode, default

import onyxia_hub
from onyxia_hub.catalogue.form import options_from_form
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.profile_list import profile_list
from onyxia_hub.credentials.s3_environment import place_below
from onyxia_hub.discovery import (
    Published,
    chosen,
    published_by,
    token_scopes,
    variables_for,
)
from onyxia_hub.errors import LaunchLinkUnconfirmed, NoClusterAccess
from onyxia_hub.language import Said, current_language, for_reader, text_in
from onyxia_hub.last_output import Output
from onyxia_hub.launch_failures import FailureRecord
from onyxia_hub.live_log import FollowedLog
from onyxia_hub.manifests.command import command_script, expiry_text
from onyxia_hub.manifests.env import contract_env
from onyxia_hub.manifests.git import beside
from onyxia_hub.manifests.names import COMMAND, EXPIRY_FILE, INIT_SCRIPT, START_SCRIPT
from onyxia_hub.manifests.start import start_script
from onyxia_hub.phases import Phases
from onyxia_hub.quota import Gauge
from onyxia_hub.service_credentials import CredentialsMixin
from onyxia_hub.service_limit import ServiceRecord
from onyxia_hub.shared import catalogue_in, default_profiles
from onyxia_hub.snippets.kubernetes import ClusterAccess

__all__ = ["FORM_TEMPLATES", "Launch", "LaunchMixin"]

_PACKAGE = Path(onyxia_hub.__file__).parent
#: Folder of the launch form's template, ``form.html``.
FORM_TEMPLATES = _PACKAGE / "ui" / "templates" / "form"


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
    def display_name(self) -> Said:
        """How sentences for people call the service's program."""
        return Said("{name}", name=self.options.profile.display_name)


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


class LaunchMixin(FollowedLog, FailureRecord, ServiceRecord, CredentialsMixin):
    """The platform-independent half of a spawner; stands before the spawner class."""

    profiles_folder = Unicode(
        help="Folder of the catalogue's profile files; the package's own if not set."
    ).tag(config=True)
    catalogue = Instance(
        Catalogue,
        help="The catalogue, read once per process from `profiles_folder` and the settings' "
        "`hub.more_profiles`.",
    )

    # What the spawner class behind this mixin brings along.
    user_options: Any
    api_token: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.phases = Phases()
        self.launch: Launch | None = None
        super().__init__(*args, **kwargs)

    @default("profiles_folder")
    def _profiles_folder(self) -> str:
        return str(self.onyxia_settings.hub.profiles or default_profiles())

    @default("catalogue")
    def _catalogue(self) -> Catalogue:
        more = self.onyxia_settings.hub.more_profiles
        return catalogue_in(Path(self.profiles_folder), *more)

    # -- what a platform decides

    def why_unavailable(self, profile: Profile) -> str | None:
        """Return why this platform can't run a profile, as a sentence; ``None`` if it can."""
        return None

    def working_dir_of(self, options: LaunchOptions) -> str | None:
        """Return the program's working directory; ``None`` for the image's own."""
        raise NotImplementedError

    async def last_output(self) -> Output:
        """Return what the service's program wrote before it ended, without secrets."""
        raise NotImplementedError

    async def quota(self) -> tuple[Gauge, ...]:
        """Return what the user may have of the platform and has; empty where there is no limit."""
        return ()

    async def cluster_access(self) -> ClusterAccess:
        """Return new access of the user's own to where their services run.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If there is none.
        """
        raise NoClusterAccess

    def kubectl_of(self, profile: Profile, *, new: bool = False) -> str:
        """Return the commands that show what a launch of a profile makes; empty for none.

        Parameters
        ----------
        profile
            The profile.
        new
            Whether the launch has only just been asked for.
        """
        return ""

    # -- the launch

    async def prepare_launch(self) -> Launch:
        """Check the options, exchange the login, and keep the result as ``launch``.

        The options come first: a wrong one is refused before anybody is asked for credentials.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            One subclass per cause.
        """
        self.forget_log()
        self.phases.report(5, Said("Checking your options"))
        options = parse_options(
            self.user_options,
            catalogue=self.catalogue,
            groups=self.group_names(),
            why_unavailable=self.why_unavailable,
        )
        minted = await self.mint_credentials(
            options.profile.credentials, vault_secret=options.vault_secret
        )
        files = {
            **minted.files,
            START_SCRIPT: start_script(),
            COMMAND: command_script(),
            EXPIRY_FILE: expiry_text(minted.expires_at),
        }
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
            env={
                **contract,
                **self._discovered(options),
                **beside(minted.env, options.env),
                **place_below(minted.env, options.s3_prefix),
            },
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
            found_one = (
                Said(
                    "Found your {program} “{name}”", program=service.display_name, name=service.name
                )
                if service.name
                else Said("Found your {program}", program=service.display_name)
            )
            self.phases.report(20, found_one)
        hub = self.onyxia_settings.hub
        return variables_for(found, hub=hub.services_url or hub.public_url, token=self.api_token)

    def clear_state(self) -> None:
        """Forget the launch; JupyterHub calls this before every start and after every stop."""
        self.phases.finish()
        self.phases = Phases()
        self.launch = None
        super().clear_state()  # type: ignore[misc]  # the spawner's

    # -- the form

    def visible_profiles(self) -> list[dict[str, Any]]:
        """Return KubeSpawner's ``profile_list`` of the profiles that the user may see."""
        profiles = self.catalogue.visible_to(self.group_names())
        entries = profile_list(
            profiles,
            why_unavailable=self._why_unavailable_to_reader,
            language=current_language(),
            gettext=partial(text_in, current_language()),
        )
        for profile, entry in zip(profiles, entries, strict=True):
            entry["onyxia"]["kubectl"] = self.kubectl_of(profile, new=True)
        return entries

    def _why_unavailable_to_reader(self, profile: Profile) -> str | None:
        why = self.why_unavailable(profile)
        return None if why is None else for_reader(why)

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
