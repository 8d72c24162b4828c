"""The user's bucket, made with the user's own rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from onyxia_hub.credentials.offload import Transient
from onyxia_hub.credentials.s3_client import ForeignAnswer
from onyxia_hub.credentials.s3_refusals import Refusals
from onyxia_hub.errors import CredentialError
from onyxia_hub.settings import S3Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["ensure_bucket"]

# AWS's first region, where a location constraint is an error (S3 API, CreateBucket).
_NO_CONSTRAINT = "us-east-1"
_OURS = "BucketAlreadyOwnedByYou"


def ensure_bucket(
    client: S3Client, bucket: str, *, settings: S3Settings, refusals: Refusals
) -> None:
    """Make the bucket unless it is there.

    Parameters
    ----------
    client
        With the user's credentials.
    bucket
        Its name.
    settings
        The site's S3.
    refusals
        Translates the store's answers.

    Raises
    ------
    onyxia_hub.errors.CredentialError
        If there is none in the end that the user can reach.
    Transient
        Where another attempt makes sense.
    """
    failure: CredentialError | Transient
    try:
        # Asked first because it changes nothing: most launches find the bucket.
        if not _is_there(client, bucket):
            _create(client, bucket, region=settings.region)
    except ClientError as cause:
        failure = refusals.bucket(cause, bucket=bucket)
    except ForeignAnswer as cause:
        failure = refusals.moved(cause, bucket=bucket)
    except ResponseParserError:
        failure = refusals.garbled()
    except BotoCoreError as cause:
        failure = refusals.transport(cause, endpoint=refusals.store_address)
    else:
        return
    raise failure


def _is_there(client: S3Client, bucket: str) -> bool:
    try:
        client.head_bucket(Bucket=bucket)
    except ClientError as cause:
        # 403: not there, and the user may not know (AWS without s3:ListBucket), or somebody
        # else's; 400: a wrong region, but an answer to HEAD has no words. Creating it tells.
        if cause.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 403, 404}:
            return False
        raise
    return True


def _create(client: S3Client, bucket: str, *, region: str) -> None:
    options: dict[str, Any] = {"Bucket": bucket}
    if region != _NO_CONSTRAINT:
        options["CreateBucketConfiguration"] = {"LocationConstraint": region}
    try:
        client.create_bucket(**options)
    except ClientError as cause:
        code = cause.response.get("Error", {}).get("Code")
        if code == _OURS:
            return
        # Another launch of the same user may have been first.
        if code == "BucketAlreadyExists" and _is_there(client, bucket):
            return
        raise
