"""What programs read to reach S3: environment variables and files. Pure functions.

The names are Onyxia's (helm-charts-interactive-services, library-chart, ``_secret.tpl``), so that
its images and its users' code work unchanged.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from onyxia_hub.credentials.exports import exports
from onyxia_hub.settings import S3Settings

__all__ = [
    "CONFIG_FILE",
    "EXPORTS_FILE",
    "KEYS_FILE",
    "Keys",
    "environment",
    "files",
    "is_static",
    "key_files",
    "key_variables",
    "place_below",
]

_PLACE = "AWS_WORKING_DIRECTORY_PATH"
CONFIG_FILE = "aws-config"
KEYS_FILE = "s3-credentials.json"
EXPORTS_FILE = "export-s3.sh"


@dataclass(frozen=True, slots=True)
class Keys:
    """Temporary credentials from the STS.

    Parameters
    ----------
    access_key, secret_key, session_token
        The three parts.
    expires_at
        Their end (aware, UTC).
    """

    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime

    @property
    def expiration(self) -> str:
        """Their end as the AWS SDKs read it, ISO 8601 in UTC with a final Z."""
        return self.expires_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def environment(
    settings: S3Settings, *, directory: str, working_directory: str, static: Keys | None
) -> dict[str, str]:
    """Return the environment variables of a service.

    Parameters
    ----------
    settings
        The site's S3.
    directory
        Where the program sees the files.
    working_directory
        Bucket and prefix, with a slash at the end.
    static
        Keys to export. ``None`` exports none: keys in the environment win over the files, so the
        program would never see refreshed ones.
    """
    env = {
        "AWS_S3_ENDPOINT": _host(settings.endpoint),
        # Onyxia hard-codes https and drops the port here.
        "AWS_ENDPOINT_URL": settings.endpoint,
        "S3_ENDPOINT": settings.endpoint,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_REGION": settings.region,
        # Part of the contract, but Onyxia's init takes any text as yes: SDKs read aws-config.
        "AWS_PATH_STYLE_ACCESS": "true" if settings.path_style else "false",
        _PLACE: working_directory,
        "AWS_CONFIG_FILE": f"{directory.rstrip('/')}/{CONFIG_FILE}",
        # Without it an SDK that finds no keys asks the cloud's metadata service: seconds of waiting
        # outside of clouds, and inside them the rights of the node instead of the user's.
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return env if static is None else env | key_variables(settings, static)


def place_below(env: Mapping[str, str], folder: str | None) -> dict[str, str]:
    """Return the variable of the working directory for a service that has a folder of its own.

    Parameters
    ----------
    env
        What the provider gave; empty where it gave nothing.
    folder
        A path without slashes at its ends; ``None`` for the place as it is.
    """
    place = env.get(_PLACE)
    return {} if folder is None or place is None else {_PLACE: f"{place}{folder}/"}


def key_variables(settings: S3Settings, keys: Keys) -> dict[str, str]:
    """Return the environment variables that hold keys.

    Parameters
    ----------
    settings
        The site's S3.
    keys
        The keys.
    """
    return {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.session_token,
        # The name of `aws configure export-credentials --format env`. botocore reads it, and
        # says that the keys have ended in place of sending them.
        "AWS_CREDENTIAL_EXPIRATION": keys.expiration,
        "MC_HOST_s3": _mc_host(settings.endpoint, keys),
    }


def is_static(env: Mapping[str, str]) -> bool:
    """Return whether a service has its keys in its environment."""
    return "AWS_ACCESS_KEY_ID" in env


def files(settings: S3Settings, *, directory: str, keys: Keys, refreshable: bool) -> dict[str, str]:
    """Return the text of the files by name.

    Parameters
    ----------
    settings
        The site's S3.
    directory
        Where the program sees the files.
    keys
        The keys.
    refreshable
        Whether SDKs find the keys by a file that they read again by themselves; if not, they are in
        the environment.
    """
    lines = ["[default]", f"region = {settings.region}", f"endpoint_url = {settings.endpoint}"]
    if refreshable:
        keys_file = f"{directory.rstrip('/')}/{KEYS_FILE}"
        # botocore splits the line like a shell, other SDKs give it to one.
        lines.append(f"credential_process = cat {shlex.quote(keys_file)}")
    lines += [
        "s3 =",
        f"  addressing_style = {'path' if settings.path_style else 'virtual'}",
        # botocore presigns with version 2 for custom endpoints, which MinIO and SeaweedFS refuse.
        "  signature_version = s3v4",
        "",
    ]
    return {
        CONFIG_FILE: "\n".join(lines),
        **key_files(settings, keys, refreshable=refreshable),
    }


def key_files(settings: S3Settings, keys: Keys, *, refreshable: bool) -> dict[str, str]:
    """Return the text of those files that hold keys, by name.

    Parameters
    ----------
    settings, keys, refreshable
        As for `files`.
    """
    texts = {EXPORTS_FILE: exports(key_variables(settings, keys))}
    if refreshable:
        texts[KEYS_FILE] = _keys_file(keys)
    return texts


def _keys_file(keys: Keys) -> str:
    """Source: AWS SDKs and Tools Reference, "Process credential provider"."""
    content = {
        "Version": 1,
        "AccessKeyId": keys.access_key,
        "SecretAccessKey": keys.secret_key,
        "SessionToken": keys.session_token,
        "Expiration": keys.expiration,
    }
    return json.dumps(content, separators=(",", ":")) + "\n"


def _host(address: str) -> str:
    return urlsplit(address).netloc.rpartition("@")[2]


def _mc_host(address: str, keys: Keys) -> str:
    parts = (keys.access_key, keys.secret_key, keys.session_token)
    login = ":".join(quote(part, safe="") for part in parts)
    return f"{urlsplit(address).scheme}://{login}@{_host(address)}"
