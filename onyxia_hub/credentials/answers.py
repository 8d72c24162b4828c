"""What a provider's words of refusal mean, and how much of them may be repeated.

STS and Vault answer with prose. The expressions below match what OpenBao 2.7, SeaweedFS 4.48, MinIO
(cmd/sts-errors.go and its OpenID configuration) and AWS (AssumeRoleWithWebIdentity, "Errors") say.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from onyxia_hub.credentials.login_token import LoginToken
from onyxia_hub.errors import ClockSkew, CredentialError, WrongAudience
from onyxia_hub.language import Said

__all__ = ["about_the_token", "clean", "printable_address"]

_AUDIENCE = re.compile(r"audience|\baud\b|\bazp` claim invalid", re.IGNORECASE)
_EXPIRED = re.compile(r"\bexpired", re.IGNORECASE)
_EARLY = re.compile(r"not valid yet|not yet valid|before issued|in the future", re.IGNORECASE)
# Anything long without a space or a slash may be (part of) a token; addresses stay readable.
_SECRET_LIKE = re.compile(r"eyJ[\w.=+/-]*|\b(hv[sb]|[sb])\.[\w.-]{8,}|[\w+=.-]{40,}")
_LONGEST = 160


def clean(text: str, *, token: LoginToken | None = None, longest: int = _LONGEST) -> str:
    """Return a provider's words, short, on one line and without anything like a secret.

    Parameters
    ----------
    text
        What the provider said.
    token
        The token that it was asked with, which must not come back.
    longest
        Number of characters to keep.
    """
    if token is not None:
        text = text.replace(token.text, "…")
    text = _SECRET_LIKE.sub("…", text)
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split()).rstrip(".")
    return text if len(text) <= longest else text[: longest - 1] + "…"


def printable_address(address: str) -> str:
    """Return a web address without the user name and password that it may hold."""
    parts = urlsplit(address)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def about_the_token(
    text: str, *, token: LoginToken, provider: str, endpoint: str
) -> CredentialError | None:
    """Return the error for an answer that blames the token's audience or its times.

    Parameters
    ----------
    text
        Code and words of the answer.
    token
        The token that was refused; it has not ended by the hub's clock.
    provider, endpoint
        For the sentence.

    Returns
    -------
    CredentialError or None
        ``None`` if the answer is about something else.
    """
    if "x509" in text:
        # An expired certificate, somewhere on the provider's way to the identity provider.
        return None
    if _EARLY.search(text):
        return ClockSkew(provider=provider, endpoint=endpoint, when=Said("not yet valid"))
    if _EXPIRED.search(text):
        return ClockSkew(provider=provider, endpoint=endpoint, when=Said("already expired"))
    if _AUDIENCE.search(text):
        return WrongAudience(provider=provider, endpoint=endpoint)
    return None
