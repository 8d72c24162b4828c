"""The boto3 clients: the STS without a signature, and the user's own S3."""

from __future__ import annotations

import logging
import os
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore import UNSIGNED
from botocore.config import Config

from onyxia_hub.credentials.s3_environment import Keys
from onyxia_hub.settings import S3Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient

__all__ = ["Clients", "ForeignAnswer"]

# At the level DEBUG botocore logs whole requests, the login's token among them.
_botocore_log = logging.getLogger("botocore")
if _botocore_log.level == logging.NOTSET:
    _botocore_log.setLevel(logging.INFO)

_STS_ANSWER = re.compile(
    rb"\s*(<\?xml[^>]*>\s*)?<(AssumeRoleWithWebIdentityResponse|ErrorResponse|Error)\b"
)
_CONNECT_SHARE = 1 / 3
_READ_SHARE = 0.9


class ForeignAnswer(Exception):
    """An HTTP answer of the wrong kind: a login page, a proxy's error, a redirection, nothing.

    Parameters
    ----------
    status
        Its HTTP status.
    """

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


class Clients:
    """Makes clients that keep to the settings alone, whatever AWS_* the hub itself runs with.

    Parameters
    ----------
    settings
        The site's S3.
    connections
        Most connections to the STS at a time.
    """

    def __init__(self, settings: S3Settings, *, connections: int) -> None:
        self._settings = settings
        self._connections = connections
        # Clients may be shared between threads, making them may not (boto3 guide, "Clients").
        self._lock = threading.Lock()
        self._session: boto3.session.Session | None = None
        self._sts: STSClient | None = None

    @property
    def sts(self) -> STSClient:
        """The one STS client: the first costs 100 ms, so it is made in a worker's thread."""
        with self._lock:
            if self._sts is None:
                config = Config(
                    signature_version=UNSIGNED,
                    # botocore insists on RoleArn, which MinIO does not want.
                    parameter_validation=False,
                    max_pool_connections=self._connections,
                    connect_timeout=self._settings.timeout * _CONNECT_SHARE,
                    read_timeout=self._settings.timeout * _READ_SHARE,
                    retries={"total_max_attempts": 1},
                )
                self._sts = self._shared_session().client(
                    "sts",
                    endpoint_url=self._settings.sts_endpoint or self._settings.endpoint,
                    region_name=self._settings.region,
                    config=config,
                )
                self._sts.meta.events.register("before-parse.sts", _only_from_an_sts)
            return self._sts

    def s3(self, keys: Keys, *, seconds: float) -> S3Client:
        """Return a client with the user's credentials; the caller closes it.

        Parameters
        ----------
        keys
            The user's credentials.
        seconds
            Longest wait for one answer.
        """
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if self._settings.path_style else "virtual"},
            connect_timeout=max(seconds * _CONNECT_SHARE, 0.1),
            read_timeout=max(seconds * _READ_SHARE, 0.1),
            retries={"total_max_attempts": 1},
            # Checksums behind the body are newer than many stores that are not Amazon's.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        with self._lock:
            client: S3Client = self._shared_session().client(
                "s3",
                endpoint_url=self._settings.endpoint,
                region_name=self._settings.region,
                aws_access_key_id=keys.access_key,
                aws_secret_access_key=keys.secret_key,
                aws_session_token=keys.session_token,
                config=config,
            )
        client.meta.events.register("before-parse.s3", _no_redirects)
        return client

    def _shared_session(self) -> boto3.session.Session:
        if self._session is None:
            nowhere: Mapping[str, Any] = {
                # In botocore's order: key in the file, names in the environment, default, cast.
                "profile": (None, None, None, None),
                "config_file": (None, None, os.devnull, None),
                "credentials_file": (None, None, os.devnull, None),
            }
            core = botocore.session.Session(session_vars=dict(nowhere))
            self._session = boto3.session.Session(botocore_session=core)
        return self._session


def _only_from_an_sts(response_dict: Mapping[str, Any], **_: object) -> None:
    """Stop before botocore's parser, whose error quotes the answer and forgets the status."""
    if not _STS_ANSWER.match(response_dict.get("body") or b""):
        raise ForeignAnswer(response_dict["status_code"])


def _no_redirects(response_dict: Mapping[str, Any], **_: object) -> None:
    """Stop before botocore's search for the bucket's region.

    On a store that redirects every question, the search asks itself until Python's recursion limit
    (botocore/utils.py, ``S3RegionRedirectorv2``).
    """
    if 300 <= response_dict["status_code"] < 400:
        raise ForeignAnswer(response_dict["status_code"])
