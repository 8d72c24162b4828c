"""How each S3 client is given an address and temporary keys.

Sources: the clients' own references (boto3 ``Session.client``, s3fs ``S3FileSystem``, polars
``storage_options`` of object_store, pyarrow and R arrow ``S3FileSystem``, DuckDB ``CREATE SECRET``,
AWS CLI and mc environment variables, rclone ``RCLONE_CONFIG_*``, R aws.s3 and paws).
"""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from onyxia_hub.snippets.snippet import Snippet

__all__ = ["S3Facts", "s3_snippets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Facts:
    """Where the storage is and what opens it.

    Parameters
    ----------
    endpoint
        Web address of the S3 API.
    region
        Region in signatures.
    path_style
        Whether the bucket stands in the path, not in the host's name.
    place
        Bucket and prefix, without a slash at the end.
    access_key, secret_key, session_token
        Temporary keys.
    """

    endpoint: str
    region: str
    path_style: bool
    place: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str = field(repr=False)

    @property
    def bucket(self) -> str:
        """The bucket alone."""
        return self.place.partition("/")[0]

    @property
    def prefix(self) -> str:
        """The folder in it, ending in a slash; empty for the whole bucket."""
        prefix = self.place.partition("/")[2]
        return f"{prefix}/" if prefix else ""

    @property
    def host(self) -> str:
        """The address without scheme."""
        return urlsplit(self.endpoint).netloc

    @property
    def https(self) -> bool:
        """Whether the address is an encrypted one."""
        return urlsplit(self.endpoint).scheme == "https"


def s3_snippets(facts: S3Facts) -> list[Snippet]:
    """Return one snippet for each client that people use; each lists the user's own folder."""
    return [
        Snippet("boto3", "boto3", "python", _boto3(facts)),
        Snippet("s3fs", "s3fs and pandas", "python", _s3fs(facts)),
        Snippet("polars", "Polars", "python", _polars(facts)),
        Snippet("pyarrow", "PyArrow", "python", _pyarrow(facts)),
        Snippet("duckdb", "DuckDB", "sql", _duckdb(facts)),
        Snippet("aws-cli", "AWS CLI", "shell", _aws_cli(facts)),
        Snippet("mc", "MinIO client (mc)", "shell", _mc(facts)),
        Snippet("rclone", "rclone", "shell", _rclone(facts)),
        Snippet("r-aws-s3", "R: aws.s3", "r", _r_aws_s3(facts)),
        Snippet("r-arrow", "R: arrow", "r", _r_arrow(facts)),
        Snippet("r-paws", "R: paws", "r", _r_paws(facts)),
    ]


def _text(value: str) -> str:
    """Return a literal that Python, R and JSON read alike."""
    return json.dumps(value)


def _boto3(facts: S3Facts) -> str:
    style = "path" if facts.path_style else "virtual"
    return f"""\
import boto3
from botocore.config import Config

s3 = boto3.client(
    "s3",
    endpoint_url={_text(facts.endpoint)},
    region_name={_text(facts.region)},
    aws_access_key_id={_text(facts.access_key)},
    aws_secret_access_key={_text(facts.secret_key)},
    aws_session_token={_text(facts.session_token)},
    config=Config(s3={{"addressing_style": "{style}"}}, signature_version="s3v4"),
)
found = s3.list_objects_v2(Bucket={_text(facts.bucket)}, Prefix={_text(facts.prefix)})
print([each["Key"] for each in found.get("Contents", [])])
"""


def _s3fs(facts: S3Facts) -> str:
    style = "path" if facts.path_style else "virtual"
    return f"""\
import s3fs

fs = s3fs.S3FileSystem(
    endpoint_url={_text(facts.endpoint)},
    key={_text(facts.access_key)},
    secret={_text(facts.secret_key)},
    token={_text(facts.session_token)},
    client_kwargs={{"region_name": {_text(facts.region)}}},
    config_kwargs={{"s3": {{"addressing_style": "{style}"}}}},
)
print(fs.ls({_text(facts.place)}))
# With pandas: pd.read_parquet(fs.open({_text(facts.place + "/file.parquet")}))
"""


def _polars(facts: S3Facts) -> str:
    return f"""\
import polars as pl

options = {{
    "aws_endpoint_url": {_text(facts.endpoint)},
    "aws_region": {_text(facts.region)},
    "aws_access_key_id": {_text(facts.access_key)},
    "aws_secret_access_key": {_text(facts.secret_key)},
    "aws_session_token": {_text(facts.session_token)},
    "aws_virtual_hosted_style_request": "{str(not facts.path_style).lower()}",
    "aws_allow_http": "{str(not facts.https).lower()}",
}}
place = {_text(f"s3://{facts.place}/")}
print(pl.scan_parquet(place + "*.parquet", storage_options=options).collect())
"""


def _pyarrow(facts: S3Facts) -> str:
    return f"""\
from pyarrow import fs

s3 = fs.S3FileSystem(
    scheme="{"https" if facts.https else "http"}",
    endpoint_override={_text(facts.host)},
    region={_text(facts.region)},
    access_key={_text(facts.access_key)},
    secret_key={_text(facts.secret_key)},
    session_token={_text(facts.session_token)},
    force_virtual_addressing={not facts.path_style},
)
print(s3.get_file_info(fs.FileSelector({_text(facts.place)})))
"""


def _sql(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _duckdb(facts: S3Facts) -> str:
    settings = {
        "ENDPOINT": _sql(facts.host),
        "URL_STYLE": _sql("path" if facts.path_style else "vhost"),
        "USE_SSL": str(facts.https).lower(),
        "REGION": _sql(facts.region),
        "KEY_ID": _sql(facts.access_key),
        "SECRET": _sql(facts.secret_key),
        "SESSION_TOKEN": _sql(facts.session_token),
    }
    lines = "".join(f",\n    {name} {value}" for name, value in settings.items())
    place = _sql(f"s3://{facts.place}/**")
    return (
        "INSTALL httpfs;\nLOAD httpfs;\n"
        f"CREATE OR REPLACE SECRET (\n    TYPE s3{lines}\n);\n"
        f"FROM glob({place});\n"
    )


def _exports(variables: dict[str, str]) -> str:
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _aws_cli(facts: S3Facts) -> str:
    variables = {
        "AWS_ENDPOINT_URL": facts.endpoint,
        "AWS_DEFAULT_REGION": facts.region,
        "AWS_ACCESS_KEY_ID": facts.access_key,
        "AWS_SECRET_ACCESS_KEY": facts.secret_key,
        "AWS_SESSION_TOKEN": facts.session_token,
    }
    place = shlex.quote(f"s3://{facts.place}/")
    return f"{_exports(variables)}aws s3 ls {place}\n"


def _mc(facts: S3Facts) -> str:
    parts = (facts.access_key, facts.secret_key, facts.session_token)
    login = ":".join(quote(part, safe="") for part in parts)
    scheme = "https" if facts.https else "http"
    variables = {"MC_HOST_s3": f"{scheme}://{login}@{facts.host}"}
    return f"{_exports(variables)}mc ls {shlex.quote(f's3/{facts.place}/')}\n"


def _rclone(facts: S3Facts) -> str:
    variables = {
        "RCLONE_CONFIG_S3_TYPE": "s3",
        "RCLONE_CONFIG_S3_PROVIDER": "Other",
        "RCLONE_CONFIG_S3_ENDPOINT": facts.endpoint,
        "RCLONE_CONFIG_S3_REGION": facts.region,
        "RCLONE_CONFIG_S3_FORCE_PATH_STYLE": str(facts.path_style).lower(),
        "RCLONE_CONFIG_S3_ACCESS_KEY_ID": facts.access_key,
        "RCLONE_CONFIG_S3_SECRET_ACCESS_KEY": facts.secret_key,
        "RCLONE_CONFIG_S3_SESSION_TOKEN": facts.session_token,
    }
    return f"{_exports(variables)}rclone ls {shlex.quote(f's3:{facts.place}')}\n"


def _r_aws_s3(facts: S3Facts) -> str:
    return f"""\
Sys.setenv(
  AWS_S3_ENDPOINT = {_text(facts.host)},
  AWS_DEFAULT_REGION = {_text(facts.region)},
  AWS_ACCESS_KEY_ID = {_text(facts.access_key)},
  AWS_SECRET_ACCESS_KEY = {_text(facts.secret_key)},
  AWS_SESSION_TOKEN = {_text(facts.session_token)}
)
# The region is part of the host's name for aws.s3, unless it is empty.
aws.s3::get_bucket(
  {_text(facts.bucket)},
  prefix = {_text(facts.prefix)},
  region = "",
  use_https = {"TRUE" if facts.https else "FALSE"},
  url_style = "{"path" if facts.path_style else "virtual"}"
)
"""


def _r_arrow(facts: S3Facts) -> str:
    return f"""\
s3 <- arrow::S3FileSystem$create(
  scheme = "{"https" if facts.https else "http"}",
  endpoint_override = {_text(facts.host)},
  region = {_text(facts.region)},
  access_key = {_text(facts.access_key)},
  secret_key = {_text(facts.secret_key)},
  session_token = {_text(facts.session_token)}
)
s3$ls({_text(facts.place)})
"""


def _r_paws(facts: S3Facts) -> str:
    return f"""\
s3 <- paws::s3(config = list(
  endpoint = {_text(facts.endpoint)},
  region = {_text(facts.region)},
  s3_force_path_style = {"TRUE" if facts.path_style else "FALSE"},
  credentials = list(creds = list(
    access_key_id = {_text(facts.access_key)},
    secret_access_key = {_text(facts.secret_key)},
    session_token = {_text(facts.session_token)}
  ))
))
s3$list_objects_v2(Bucket = {_text(facts.bucket)}, Prefix = {_text(facts.prefix)})
"""
