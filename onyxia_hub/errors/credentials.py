"""A provider that could not turn a login into credentials."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = [
    "ClockSkew",
    "CredentialError",
    "CredentialsGone",
    "LoginNotRefreshed",
    "ProviderMisconfigured",
    "ProviderUnreachable",
    "SecretUnusable",
    "TokenRefused",
    "VaultSealed",
    "WrongAudience",
]


class CredentialError(LaunchError):
    """A provider could not turn the login into credentials."""

    sentence = "{provider} gave no credentials."
    reason = "credentials"
    status_code = 502


class CredentialsGone(CredentialError):
    """The place where a running service keeps its credentials is empty."""

    sentence = (
        "What this service keeps its S3 and Vault access in is gone; somebody has deleted it. Stop "
        "the service and start it again."
    )
    reason = "credentials_gone"
    status_code = 410


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


class LoginNotRefreshed(ProviderUnreachable):
    """The login's tokens have ended while the identity provider does not answer."""

    sentence = (
        "The identity provider at {endpoint} does not answer, and without it your login is too old "
        "for new access. Nothing of yours is lost; try again in a minute, and tell an "
        "administrator if it lasts."
    )


class VaultSealed(CredentialError):
    """Vault is up but locked."""

    sentence = (
        "The Vault at {endpoint} is sealed: it runs, but its data is locked. An administrator must "
        "unseal it; then try again."
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
