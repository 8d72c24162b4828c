"""Every failure a person can meet, and the sentence they read.

Each class holds one ``sentence``: what happened and what to do next, in words for somebody who has
never heard of STS or JWT. The sentences never contain a secret: constructors take only names,
addresses and numbers. The reference page ``docs/reference/errors.md`` is generated from this module
and a test provokes each class.

Launch errors derive from JupyterHub's ``SpawnException`` because any other exception raised while
a server starts counts towards ``Spawner.consecutive_failure_limit`` and, after five in a row, makes
the hub exit (jupyterhub/handlers/base.py, ``_track_failure_count``).
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from jupyterhub.spawner import SpawnException
from tornado import web

__all__ = [
    "ClockSkew",
    "CredentialError",
    "DemoAlreadyRuns",
    "DemoError",
    "IdentityProviderAway",
    "InvalidOption",
    "KubernetesAway",
    "KubernetesRefused",
    "LaunchError",
    "LaunchLinkUnconfirmed",
    "LoginError",
    "LoginExpired",
    "LoginNotConfigured",
    "LoginRefused",
    "NeverLoggedIn",
    "NotReadyInTime",
    "PartFailed",
    "PortTaken",
    "ProfileError",
    "ProfileForbidden",
    "ProfileUnavailable",
    "ProfileUnknown",
    "ProgramFailed",
    "ProgramMissing",
    "ProviderMisconfigured",
    "ProviderUnreachable",
    "QuotaExceeded",
    "SecretUnusable",
    "SettingsError",
    "StateFolderUnusable",
    "TokenRefused",
    "VaultSealed",
    "WrongAudience",
]


class SettingsError(Exception):
    """A settings file that can't be used.

    Parameters
    ----------
    file
        The file that was read.
    key
        Dotted path of the key, for example ``s3.endpoint``; empty for the file as a whole.
    problem
        What is wrong, in one clause.
    fix
        What to write instead.
    """

    def __init__(self, *, file: Path | str, key: str, problem: str, fix: str) -> None:
        self.file = Path(file)
        self.key = key
        self.problem = problem
        self.fix = fix
        where = f"{self.file}: {key}" if key else str(self.file)
        super().__init__(f"{where}: {problem}. {fix}")


class ProfileError(SettingsError):
    """A profile file that can't be used; the same four parts as `SettingsError`."""


class LoginError(web.HTTPError):
    """A login that can't go on; ``sentence`` is what the person reads.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.
    """

    sentence: ClassVar[str] = "You could not be logged in."
    status: ClassVar[int] = 503

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        # JupyterHub shows this attribute on its error page (handlers/base.py, write_error).
        self.jupyterhub_message = self.sentence.format(**facts)
        super().__init__(self.status, self.jupyterhub_message.replace("%", "%%"))


class IdentityProviderAway(LoginError):
    """The identity provider does not answer, or answers garbage."""

    sentence = (
        "The identity provider at {issuer} does not answer properly ({detail}), so nobody can log "
        "in just now. Services that are running keep running. Try again in a minute."
    )


class LoginRefused(LoginError):
    """The identity provider answered the login with a refusal."""

    sentence = (
        "The identity provider refused this login ({detail}). Go back to the start page and log in "
        "again."
    )
    status = 403


class LoginNotConfigured(LoginError):
    """The identity provider does not accept the hub's own client."""

    sentence = (
        "The identity provider at {issuer} does not accept this hub ({detail}). An administrator "
        "must correct oidc.client_id or oidc.client_secret_file in the hub's settings."
    )
    status = 500


class LaunchError(SpawnException):
    """A launch that can't go on, for a reason the person can be told.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.

    Attributes
    ----------
    sentence
        What the person reads, a ``str.format`` template.
    log_sentence
        What the hub's log gets in its place, where only the person may read the whole.
    reason
        The label in the hub's metric ``server_spawn_duration_seconds{reason=…}``.
    status_code
        The HTTP status of the REST answer.
    """

    sentence: ClassVar[str] = "The service could not be started."
    log_sentence: ClassVar[str | None] = None
    reason: str = "launch"
    status_code: int = 400

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(
            self.sentence.format(**facts),
            reason=type(self).reason,
            status_code=type(self).status_code,
        )
        # Pages show str(exception), which starts with the status and the class, unless there is
        # this attribute (jupyterhub/utils.py, format_exception).
        self.jupyterhub_message = self.message
        if self.log_sentence is not None:
            # After the constructors: that of older Tornados overwrites it.
            self.log_message = self.log_sentence.format(**facts)


class InvalidOption(LaunchError):
    """A launch option that the profile does not allow; names the field and the fix."""

    sentence = "{field}: {problem}. {fix}"
    reason = "invalid_option"
    field: str

    def __init__(self, *, field: str, problem: str, fix: str) -> None:
        self.field = field
        super().__init__(field=field, problem=problem, fix=fix)


class ProfileUnknown(LaunchError):
    """The catalogue has no such profile."""

    sentence = "profile: there is no profile “{slug}”. Choose one of: {choices}."
    reason = "unknown_profile"


class ProfileForbidden(LaunchError):
    """The profile exists, but not for this person's groups."""

    sentence = (
        "profile: “{slug}” is reserved for members of {groups}, and you are not one of them. "
        "Ask an administrator to add you, or choose another profile."
    )
    reason = "forbidden_profile"
    status_code = 403


class ProfileUnavailable(LaunchError):
    """The profile can't run on this platform at the moment."""

    sentence = "profile: “{slug}” is not available here: {why}"
    reason = "unavailable_profile"
    status_code = 409


class LoginExpired(LaunchError):
    """The identity provider no longer accepts the login behind the launch."""

    sentence = (
        "Your login has expired, so no storage or secret access can be made for the service. "
        "Log out and in again, then launch it once more."
    )
    reason = "login_expired"
    status_code = 403


class NeverLoggedIn(LaunchError):
    """A service launched for somebody who has no login to exchange."""

    sentence = (
        "{username} has not logged in yet, so there is no login to get storage and secret access "
        "with. Ask {username} to log in to the hub once, then launch the service again."
    )
    reason = "never_logged_in"
    status_code = 409


class CredentialError(LaunchError):
    """A provider could not turn the login into credentials."""

    sentence = "{provider} gave no credentials."
    reason = "credentials"
    status_code = 502


class TokenRefused(CredentialError):
    """The provider checked the login's token and said no."""

    sentence = (
        "{provider} at {endpoint} refused your login ({detail}). Log out and in again; if it stays "
        "so, an administrator must check that {provider} trusts the identity provider."
    )
    reason = "token_refused"


class WrongAudience(CredentialError):
    """The token was issued for somebody else."""

    sentence = (
        "{provider} at {endpoint} does not accept your login: its token is not meant for "
        "{provider}. An administrator must add the audience that {provider} expects to the tokens "
        "of this hub at the identity provider."
    )
    reason = "wrong_audience"


class ClockSkew(CredentialError):
    """The provider's clock and the identity provider's disagree."""

    sentence = (
        "{provider} at {endpoint} finds your login {when}. The clocks of {provider} and the "
        "identity provider disagree: an administrator must set both by NTP."
    )
    reason = "clock_skew"


class ProviderUnreachable(CredentialError):
    """No answer from the provider within its time."""

    sentence = (
        "{provider} at {endpoint} does not answer ({detail}). Nothing of yours is lost; try again "
        "in a minute, and tell an administrator if it lasts."
    )
    reason = "provider_unreachable"
    status_code = 503


class VaultSealed(CredentialError):
    """Vault is up but locked."""

    sentence = (
        "The Vault at {endpoint} is sealed: it runs, but its data is locked. An administrator must "
        "unseal it; then launch the service again."
    )
    reason = "vault_sealed"
    status_code = 503


class ProviderMisconfigured(CredentialError):
    """The provider answers, but what the hub asks for does not exist there."""

    sentence = (
        "{provider} at {endpoint} does not know what the hub asks for ({detail}). An administrator "
        "must correct {setting} in the hub's settings."
    )
    reason = "provider_misconfigured"


class SecretUnusable(CredentialError):
    """The Vault secret chosen at launch can't be turned into environment variables."""

    sentence = "vault_secret: the secret “{path}” {problem}. {fix}"
    reason = "vault_secret"
    status_code = 400


class ProgramFailed(LaunchError):
    """The service's program ended before it answered."""

    sentence = "{display_name} ended with exit code {exit_code} before it was ready. {hint}"
    log_sentence = "{display_name} ended with exit code {exit_code} before it was ready."
    reason = "program_failed"
    status_code = 500


class NotReadyInTime(LaunchError):
    """The service's program runs, but never answered."""

    sentence = "{display_name} did not answer within {seconds} seconds, so it was stopped. {hint}"
    log_sentence = "{display_name} did not answer within {seconds} seconds, so it was stopped."
    reason = "not_ready"
    status_code = 504


class LaunchLinkUnconfirmed(LaunchError):
    """A link asked for a launch; only a person may start one."""

    sentence = (
        "You followed a link that fills in this form. A link never launches anything by itself: "
        "check every choice, the init script above all, then launch the service with the button."
    )
    reason = "link_unconfirmed"


class DemoError(Exception):
    """A reason for which ``onyxia-hub demo`` can't start or go on.

    Parameters
    ----------
    **facts
        The values that the class's ``sentence`` names. Never a token or a key.

    Attributes
    ----------
    sentence
        What the person reads in their terminal, a ``str.format`` template.
    """

    sentence: ClassVar[str] = "The demo can't go on."

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        super().__init__(self.sentence.format(**facts))


class PortTaken(DemoError):
    """Another program listens on the public port."""

    sentence = (
        "Port {port} of this machine is already in use by another program. Stop that program, or "
        "choose another port: onyxia-hub demo --port {other}"
    )


class DemoAlreadyRuns(DemoError):
    """A second demo on the same state folder."""

    sentence = (
        "A demo already runs on {state_dir} (process {pid}). Use that one, stop it with Ctrl-C, or "
        "choose another folder with --state-dir."
    )


class ProgramMissing(DemoError):
    """A program of the demo is not installed."""

    sentence = (
        "The demo needs the program “{program}”, which is not installed. Install the demo's parts: "
        "pip install 'onyxia-hub[demo]'"
    )


class StateFolderUnusable(DemoError):
    """The demo's state folder, or something in it, can't be used."""

    sentence = "{path}: {problem}. {fix}"


class PartFailed(DemoError):
    """A part of the demo ended, or never answered."""

    sentence = "{part} {what}. Its log is {log}, and ends with:\n{tail}"


class KubernetesRefused(LaunchError):
    """The cluster does not let the hub make what a service consists of."""

    sentence = "Kubernetes, which runs the services, refused this one ({detail}). {fix}"
    reason = "kubernetes_refused"
    status_code = 502


class QuotaExceeded(KubernetesRefused):
    """The cluster's quota for the person's services is used up."""

    sentence = (
        "There is no room for this service in what Kubernetes lets you use at once ({detail}). "
        "Stop a service that you no longer need, or choose less of what is used up, then launch it "
        "again."
    )
    reason = "quota"
    status_code = 409


class KubernetesAway(LaunchError):
    """The cluster's API server does not answer."""

    sentence = (
        "Kubernetes, which runs the services, does not answer ({detail}). Nothing of yours is "
        "lost; try again in a minute, and tell an administrator if it lasts."
    )
    reason = "kubernetes_away"
    status_code = 503
