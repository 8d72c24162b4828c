"""Logins at the real identity provider, and programs that have only what was minted."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from onyxia_hub.credentials.base import CredentialRequest, Credentials, Identity
from onyxia_hub.credentials.s3 import S3Provider
from tests.support.platform import Identity as IdentityProvider
from tests.support.platform import RunningPlatform

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def identity_of(
    provider: IdentityProvider | RunningPlatform, username: str, **changes: Any
) -> Identity:
    """Return a person with tokens that the identity provider's own key signed."""
    tokens = provider.tokens(username, **changes)
    return Identity(
        username=username,
        groups=("stats",),
        claims={"preferred_username": username},
        tokens={"access_token": tokens["access_token"], "id_token": tokens["id_token"]},
    )


async def s3_of(
    platform: RunningPlatform,
    username: str,
    *,
    mode: str = "static",
    directory: str = "/d",
    **settings: Any,
) -> Credentials:
    """Return S3 credentials of a person."""
    provider = S3Provider(platform.s3_settings(**settings))
    request = CredentialRequest(mode=mode, directory=directory, service="lab")
    return await provider.mint(identity_of(platform, username), request)


def client_of(credentials: Credentials) -> S3Client:
    """Return an S3 client with static credentials."""
    env = credentials.env
    return boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        region_name=env["AWS_REGION"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=env["AWS_SESSION_TOKEN"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def refusal_of(call: Any, **arguments: Any) -> str:
    """Return the code with which S3 refuses a call."""
    try:
        call(**arguments)
    except ClientError as refusal:
        return refusal.response["Error"]["Code"]
    return "allowed"


def write_files(credentials: Credentials, directory: Path) -> None:
    """Write a service's files as they will be seen."""
    for name, text in credentials.files.items():
        (directory / name).write_text(text)


def run_program(
    code: str, env: Mapping[str, str], *, home: Path, python: str = sys.executable
) -> str:
    """Run Python code that knows nothing but these variables, and return what it printed."""
    done = subprocess.run(
        [python, "-c", code],
        env={"PATH": os.environ["PATH"], "HOME": str(home), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
