"""S3: the login's token against temporary keys (STS ``AssumeRoleWithWebIdentity``)."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.utils import is_valid_endpoint_url

from onyxia_hub.credentials.base import (
    CredentialRequest,
    Credentials,
    Held,
    Identity,
    TokenKind,
)
from onyxia_hub.credentials.folders import filled, user_folder
from onyxia_hub.credentials.login_token import LoginToken, token_for
from onyxia_hub.credentials.offload import Deadline, Transient, WorkerPool, retrying
from onyxia_hub.credentials.s3_bucket import ensure_bucket
from onyxia_hub.credentials.s3_client import Clients, ForeignAnswer
from onyxia_hub.credentials.s3_environment import (
    CONFIG_FILE,
    Keys,
    environment,
    files,
    is_static,
    key_files,
    key_variables,
)
from onyxia_hub.credentials.s3_refusals import LABEL, Refusals
from onyxia_hub.credentials.session_policy import PolicyProblem, render
from onyxia_hub.errors import CredentialError
from onyxia_hub.settings import S3Settings

__all__ = ["S3Provider"]

_log = logging.getLogger(__name__)

# Threads wait for the network nearly all of the time; a hub starts 100 services at once by default.
_THREADS = 16
# What S3 stores accept between them; upper case and underscores are for old Ceph and AWS buckets.
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]")
_SESSION_NAME = re.compile(r"[^\w+=,.@-]", re.ASCII)


class S3Provider:
    """Makes S3 credentials for any store with an STS: MinIO, AWS, SeaweedFS, Ceph RGW.

    Parameters
    ----------
    settings
        The section ``s3``.
    """

    name: Literal["s3"] = "s3"
    label = LABEL

    def __init__(self, settings: S3Settings) -> None:
        self.token: TokenKind = settings.token
        self.timeout = settings.timeout
        self._settings = settings
        self._clients = Clients(settings, connections=_THREADS)
        self._refusals = Refusals(settings)
        # Its own pool: an STS that hangs must not keep Vault waiting.
        self._pool = WorkerPool(name="onyxia-s3", threads=_THREADS)

    async def mint(self, identity: Identity, request: CredentialRequest) -> Credentials:
        """Exchange the identity's token for keys, and make the bucket if the settings say so.

        Parameters
        ----------
        identity
            Who they are for.
        request
            ``mode`` is ``refreshable`` (files that SDKs read again) or ``static`` (keys in the
            environment).

        Raises
        ------
        onyxia_hub.errors.LoginExpired
            If the token has ended, before the STS is asked.
        onyxia_hub.errors.CredentialError
            One subclass per cause.
        """
        bucket, working_directory = self._places(identity.username)
        minted_at = datetime.now(UTC)
        keys = await self._keys(identity, service=request.service, bucket=bucket)
        static = request.mode == "static"
        return Credentials(
            provider=self.name,
            minted_at=minted_at,
            expires_at=keys.expires_at,
            env=environment(
                self._settings,
                directory=request.directory,
                working_directory=working_directory,
                static=keys if static else None,
            ),
            files=files(
                self._settings, directory=request.directory, keys=keys, refreshable=not static
            ),
        )

    def holds(self, held: Held) -> bool:
        """Return whether a service has S3 access."""
        return CONFIG_FILE in held.files

    async def renew(self, identity: Identity, held: Held, *, service: str) -> Credentials:
        """Exchange the identity's token for new keys: no STS extends those that it gave.

        A service with ``static`` keys gets new ones too. Its program does not see them before it is
        started again, but whoever reads the file with the exports does.

        Raises
        ------
        onyxia_hub.errors.LoginExpired
            If the token has ended, before the STS is asked.
        onyxia_hub.errors.CredentialError
            One subclass per cause.
        """
        minted_at = datetime.now(UTC)
        # The bucket was made at the launch; if somebody has deleted it, that was on purpose.
        keys = await self._keys(identity, service=service, bucket=None)
        static = is_static(held.env)
        return Credentials(
            provider=self.name,
            minted_at=minted_at,
            expires_at=keys.expires_at,
            env=key_variables(self._settings, keys) if static else {},
            files=key_files(self._settings, keys, refreshable=not static),
        )

    async def _keys(self, identity: Identity, *, service: str, bucket: str | None) -> Keys:
        """Exchange the identity's token for keys, and make the bucket if there is one to make."""
        token = token_for(
            identity,
            self.token,
            provider=LABEL,
            endpoint=self._refusals.sts_address,
            setting="s3.token",
        )
        parameters = self._parameters(identity, token)
        keys = await self._pool.ask(
            lambda deadline: self._blocking(parameters, token, bucket, deadline),
            timeout=self.timeout,
            unanswered=self._refusals.unreachable,
        )
        _log.info(
            "S3 keys for %s, service %s, until %s",
            identity.username,
            service or "(default)",
            keys.expiration,
        )
        return keys

    async def revoke(self, env: Mapping[str, str]) -> None:
        """Do nothing: no STS can end the credentials that it gave."""

    def _parameters(self, identity: Identity, token: LoginToken) -> dict[str, Any]:
        settings = self._settings
        for key, address in (
            ("endpoint", settings.endpoint),
            ("sts_endpoint", settings.sts_endpoint),
        ):
            # botocore would raise a bare ValueError, for an underscore in the host's name say.
            if address is not None and not is_valid_endpoint_url(address):
                raise self._refusals.misconfigured(
                    "S3 clients do not accept this address", setting=f"s3.{key}"
                )
        parameters: dict[str, Any] = {
            "RoleSessionName": _session_name(settings.role_session_name, identity.username),
            "WebIdentityToken": token.text,
        }
        if settings.duration:
            parameters["DurationSeconds"] = settings.duration
        if settings.role_arn:
            parameters["RoleArn"] = settings.role_arn
        if settings.session_policy is not None:
            problem = ""
            try:
                parameters["Policy"] = render(
                    settings.session_policy, username=identity.username, claims=identity.claims
                )
            except PolicyProblem as cause:
                problem = str(cause)
            if problem:
                raise self._refusals.misconfigured(problem, setting="s3.session_policy")
        return parameters

    def _places(self, username: str) -> tuple[str, str]:
        """Return the bucket and the working directory, both checked: a name is no path."""
        bucket = filled(self._settings.bucket, username)
        if not _BUCKET.fullmatch(bucket) or ".." in bucket:
            raise self._refusals.misconfigured(
                f"“{bucket}” can't be the name of a bucket", setting="s3.bucket"
            )
        prefix = user_folder(self._settings.prefix, username)
        if prefix is None:
            raise self._refusals.misconfigured(
                f"“{username}” can't be part of a folder's name", setting="s3.prefix"
            )
        return bucket, f"{bucket}/{prefix}/" if prefix else f"{bucket}/"

    def _blocking(
        self, parameters: dict[str, Any], token: LoginToken, bucket: str | None, deadline: Deadline
    ) -> Keys:
        keys = retrying(lambda: self._exchange(parameters, token), deadline=deadline)
        if bucket is not None and self._settings.create_bucket:
            client = self._clients.s3(keys, seconds=deadline.remaining)
            try:
                retrying(
                    lambda: ensure_bucket(
                        client, bucket, settings=self._settings, refusals=self._refusals
                    ),
                    deadline=deadline,
                )
            finally:
                client.close()
        return keys

    def _exchange(self, parameters: dict[str, Any], token: LoginToken) -> Keys:
        failure: CredentialError | Transient
        try:
            return _keys_in(self._clients.sts.assume_role_with_web_identity(**parameters))
        except ClientError as cause:
            failure = self._refusals.exchange(cause, token=token)
        except ForeignAnswer as cause:
            failure = self._refusals.foreign(cause)
        except (ResponseParserError, LookupError, TypeError, ValueError):
            failure = self._refusals.garbled()
        except BotoCoreError as cause:
            failure = self._refusals.transport(cause)
        raise failure


def _keys_in(answer: Mapping[str, Any]) -> Keys:
    given = answer["Credentials"]
    texts = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    expires_at = given["Expiration"]
    if not all(isinstance(text, str) and text for text in texts):
        raise ValueError("the answer has no keys")
    if not isinstance(expires_at, datetime):
        raise TypeError("the answer has no end")
    return Keys(*texts, expires_at=expires_at.astimezone(UTC))


def _session_name(template: str, username: str) -> str:
    """Source: AWS STS, ``RoleSessionName``: 2 to 64 word characters or any of ``+=,.@-``."""
    return _SESSION_NAME.sub("-", filled(template, username))[:64].ljust(2, "-")
