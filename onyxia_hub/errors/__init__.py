"""Every failure a person can meet, and the sentence they read.

Each class holds one ``sentence``: what happened and what to do next, in words for somebody who has
never heard of STS or JWT. The sentences never contain a secret: constructors take only names,
addresses and numbers. The reference page ``docs/reference/errors.md`` is generated from this module
and a test provokes each class.
"""

from __future__ import annotations

from onyxia_hub.errors.credentials import (
    ClockSkew,
    CredentialError,
    ProviderMisconfigured,
    ProviderUnreachable,
    SecretUnusable,
    TokenRefused,
    VaultSealed,
    WrongAudience,
)
from onyxia_hub.errors.demo import (
    DemoAlreadyRuns,
    DemoError,
    PartFailed,
    PortTaken,
    ProgramMissing,
    StateFolderUnusable,
)
from onyxia_hub.errors.files import ProfileError, SettingsError
from onyxia_hub.errors.launch import (
    InvalidOption,
    KubernetesAway,
    KubernetesRefused,
    LaunchError,
    LaunchLinkUnconfirmed,
    LoginExpired,
    NeverLoggedIn,
    NotReadyInTime,
    ProfileForbidden,
    ProfileUnavailable,
    ProfileUnknown,
    ProgramFailed,
    QuotaExceeded,
)
from onyxia_hub.errors.login import (
    IdentityProviderAway,
    LoginError,
    LoginNotConfigured,
    LoginRefused,
)

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
