"""From what the STS and the S3 store answer to the error with the right sentence.

The codes are those of AWS STS (``AssumeRoleWithWebIdentity``, "Errors"), MinIO
(``cmd/sts-errors.go``) and SeaweedFS 4.48, whose words were recorded from the real server.
"""

from __future__ import annotations

import re

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    ReadTimeoutError,
    SSLError,
)

from onyxia_hub.credentials.answers import about_the_token, clean, printable_address
from onyxia_hub.credentials.login_token import LoginToken
from onyxia_hub.credentials.offload import Transient
from onyxia_hub.credentials.s3_client import ForeignAnswer
from onyxia_hub.errors import (
    CredentialError,
    ProviderMisconfigured,
    ProviderUnreachable,
    TokenRefused,
)
from onyxia_hub.language import Said
from onyxia_hub.settings import S3Settings

__all__ = ["LABEL", "Refusals"]

LABEL = Said("S3 storage")

_OVERLOADED = re.compile(r"throttl|slowdown|toomanyrequests|requestlimit", re.IGNORECASE)
_NO_TRUST = Said("it does not trust the issuer of the login's token for this role")
_UNTRUSTED = re.compile(r"trust policy|OpenIDConnect provider|\bissuer\b", re.IGNORECASE)
# Tried in this order on the answer's code and words; the first that matches names the setting.
_SETTINGS = (
    (
        re.compile(r"MalformedPolicy|PackedPolicyTooLarge|invalid Policy document", re.IGNORECASE),
        "session_policy",
    ),
    (re.compile(r"DurationSeconds|InvalidDuration", re.IGNORECASE), "duration"),
    (re.compile(r"RoleSessionName", re.IGNORECASE), "role_session_name"),
    (
        re.compile(r"role not found|RoleArn|NoSuchEntity|NoSuchRole", re.IGNORECASE),
        "role_arn",
    ),
    (re.compile(r"RegionDisabled", re.IGNORECASE), "region"),
)
_NO_STS = re.compile(
    r"InvalidAction|NotImplemented|MethodNotAllowed|NoSuchBucket|UnknownOperation", re.IGNORECASE
)
_OTHER_REGION = re.compile(r"AuthorizationHeaderMalformed|Location|Region")


class Refusals:
    """Translates for one site.

    Every method returns the error, or a `Transient` with it where another attempt makes sense. It
    is raised after the ``except`` block: botocore's exceptions may quote what was sent.

    Parameters
    ----------
    settings
        The site's S3.
    """

    def __init__(self, settings: S3Settings) -> None:
        self._sts = printable_address(settings.sts_endpoint or settings.endpoint)
        self._sts_setting = "s3.sts_endpoint" if settings.sts_endpoint else "s3.endpoint"
        self._store = printable_address(settings.endpoint)

    @property
    def sts_address(self) -> str:
        """The address of the STS as sentences show it."""
        return self._sts

    @property
    def store_address(self) -> str:
        """The address of the S3 store as sentences show it."""
        return self._store

    def misconfigured(self, detail: str, *, setting: str) -> ProviderMisconfigured:
        """Return the error for a setting that the STS does not accept."""
        return ProviderMisconfigured(
            provider=LABEL, endpoint=self._sts, detail=detail, setting=setting
        )

    def unreachable(self, detail: str, *, endpoint: str | None = None) -> ProviderUnreachable:
        """Return the error for an answer that did not come."""
        return ProviderUnreachable(provider=LABEL, endpoint=endpoint or self._sts, detail=detail)

    def foreign(self, cause: ForeignAnswer) -> CredentialError | Transient:
        """Return the error for an answer that no STS gave."""
        if cause.status >= 500:
            return Transient.server_error(self.unreachable(f"HTTP {cause.status}"))
        if cause.status == 429:
            return self.unreachable(Said("it is overloaded"))
        detail = (
            Said("it redirects elsewhere, HTTP {status}", status=cause.status)
            if 300 <= cause.status < 400
            else Said("there is no STS there, HTTP {status}", status=cause.status)
        )
        return self.misconfigured(detail, setting=self._sts_setting)

    def garbled(self) -> Transient:
        """Return the error for an answer that began well and can't be read to its end."""
        return Transient.server_error(self.unreachable(Said("its answer is incomplete")))

    def transport(
        self, cause: BotoCoreError, *, endpoint: str | None = None
    ) -> CredentialError | Transient:
        """Return the error for a connection that failed."""
        if isinstance(cause, SSLError):
            return self.unreachable(Said("its TLS certificate is not accepted"), endpoint=endpoint)
        if isinstance(cause, ReadTimeoutError):
            # The waiting took the deadline: a second attempt would only add load.
            return self.unreachable(Said("no answer in time"), endpoint=endpoint)
        slow = isinstance(cause, ConnectTimeoutError)
        detail = Said("no connection in time") if slow else Said("no connection")
        return Transient.no_connection(self.unreachable(detail, endpoint=endpoint))

    def exchange(self, cause: ClientError, *, token: LoginToken) -> CredentialError | Transient:
        """Return the error for an exchange that the STS refused."""
        status, code, words = _parts_of(cause)
        text = f"{code}: {words}"
        if _OVERLOADED.search(code) or status == 429:
            return self.unreachable(Said("it is overloaded"))
        if status >= 500:
            return Transient.server_error(self.unreachable(f"HTTP {status}"))
        said = clean(words, token=token) or clean(code) or f"HTTP {status}"
        for pattern, key in _SETTINGS:
            if pattern.search(text):
                return self.misconfigured(said, setting=f"s3.{key}")
        return (
            self._wrong_address_or_kind(code, token)
            or about_the_token(text, token=token, provider=LABEL, endpoint=self._sts)
            or TokenRefused(
                provider=LABEL,
                endpoint=self._sts,
                detail=_NO_TRUST if _UNTRUSTED.search(words) else said,
            )
        )

    def _wrong_address_or_kind(self, code: str, token: LoginToken) -> CredentialError | None:
        if _NO_STS.search(code):
            return self.misconfigured(Said("there is no STS there"), setting=self._sts_setting)
        if not token.is_jwt:
            return self.misconfigured(Said("the login's token is not a JWT"), setting="s3.token")
        return None

    def bucket(self, cause: ClientError, *, bucket: str) -> CredentialError | Transient:
        """Return the error for a bucket that could not be made."""
        status, code, words = _parts_of(cause)
        if status >= 500 or status == 429:
            detail = Said("HTTP {status} for the bucket “{bucket}”", status=status, bucket=bucket)
            return Transient.server_error(self.unreachable(detail, endpoint=self._store))
        if code == "InvalidBucketName" or _OTHER_REGION.search(code):
            key = "s3.bucket" if code == "InvalidBucketName" else "s3.region"
            detail = Said(
                "it does not accept the bucket “{bucket}”: {said}",
                bucket=bucket,
                said=clean(words) or code,
            )
        else:
            key = Said("s3.create_bucket or the role's rights")
            taken = code == "BucketAlreadyExists"
            why = (
                Said("it belongs to somebody else") if taken else Said("the user may not create it")
            )
            detail = Said("the bucket “{bucket}” can't be used: {why}", bucket=bucket, why=why)
        return ProviderMisconfigured(
            provider=LABEL, endpoint=self._store, detail=detail, setting=key
        )

    def moved(self, cause: ForeignAnswer, *, bucket: str) -> ProviderMisconfigured:
        """Return the error for a store that redirects the question for a bucket."""
        return ProviderMisconfigured(
            provider=LABEL,
            endpoint=self._store,
            detail=Said(
                "it redirects elsewhere for the bucket “{bucket}”, HTTP {status}",
                bucket=bucket,
                status=cause.status,
            ),
            setting=Said("s3.region or s3.endpoint"),
        )


def _parts_of(cause: ClientError) -> tuple[int, str, str]:
    # Stores that answer an STS call with a plain S3 error have Code and Message at the top.
    error = cause.response.get("Error") or cause.response
    status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return int(status), str(error.get("Code", "")), str(error.get("Message", ""))
