"""A launch that can't go on.

Launch errors derive from JupyterHub's ``SpawnException`` because any other exception raised while
a server starts counts towards ``Spawner.consecutive_failure_limit`` and, where a site sets one,
makes the hub exit (jupyterhub/handlers/base.py, ``_track_failure_count``). Zero to JupyterHub sets
five.
"""

from __future__ import annotations

from typing import ClassVar

from jupyterhub.spawner import SpawnException
from sqlalchemy.exc import SQLAlchemyError

from onyxia_hub.errors.spoken import Spoken

__all__ = [
    "DatabaseAway",
    "InvalidOption",
    "KubernetesAway",
    "KubernetesRefused",
    "LaunchError",
    "LaunchLinkUnconfirmed",
    "LoginEnded",
    "LoginExpired",
    "NeverLoggedIn",
    "NotReachable",
    "NotReadyInTime",
    "ProfileForbidden",
    "ProfileUnavailable",
    "ProfileUnknown",
    "ProgramFailed",
    "QuotaExceeded",
]


class LaunchError(Spoken, SpawnException):
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
            self.said,
            reason=type(self).reason,
            status_code=type(self).status_code,
        )
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


class LaunchLinkUnconfirmed(LaunchError):
    """A link asked for a launch; only a person may start one."""

    sentence = (
        "You followed a link that fills in this form. A link never launches anything by itself: "
        "check every choice, the init script above all, then launch the service with the button."
    )
    reason = "link_unconfirmed"


class LoginExpired(LaunchError):
    """The identity provider no longer accepts the login behind the launch."""

    sentence = (
        "Your login has expired, so no storage or secret access can be made for the service. "
        "Log out and in again, then launch it once more."
    )
    reason = "login_expired"
    status_code = 403


class LoginEnded(LoginExpired):
    """The identity provider no longer accepts the login behind a service that runs."""

    sentence = (
        "Your login has ended, so the access of this service is not renewed. Log in again, and it "
        "goes on with new access."
    )


class DatabaseAway(LaunchError, SQLAlchemyError):
    """The hub's database does not answer, whatever was asked of the hub.

    JupyterHub rolls its session back after what is one of SQLAlchemy's errors, and only then.
    """

    sentence = (
        "The hub's database does not answer. Services that are running keep running, and nothing "
        "of yours is lost; try again in a minute, and tell an administrator if it lasts."
    )
    reason = "database_away"
    status_code = 503


class NeverLoggedIn(LaunchError):
    """A service launched for somebody who has no login to exchange."""

    sentence = (
        "{username} has not logged in yet, so there is no login to get storage and secret access "
        "with. Ask {username} to log in to the hub once, then launch the service again."
    )
    reason = "never_logged_in"
    status_code = 409


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


class NotReachable(LaunchError):
    """The service's program answers on its node, but not to the hub."""

    sentence = (
        "{display_name} runs, but the hub could not reach it within {seconds} seconds, so it was "
        "stopped. Launch it again; if it stays so, tell an administrator that the network keeps "
        "the hub from the services."
    )
    reason = "not_reachable"
    status_code = 504


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
