"""SeaweedFS as a part: S3 with an STS that takes the identity provider's tokens."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from onyxia_hub.demo.identity.files import private_folder, write_private
from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.parts.seaweedfs_iam import ROLE_ARN, iam_config
from onyxia_hub.demo.probe import until
from onyxia_hub.demo.programs import clean_environment, find_program
from onyxia_hub.errors import StateFolderUnusable

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

__all__ = ["LONGEST_SESSION", "REGION", "ROLE_ARN", "SeaweedFS"]

#: Region of the signatures; SeaweedFS takes any.
REGION = "us-east-1"
#: Longest life of STS credentials, in seconds.
LONGEST_SESSION = 43_200

_PROBE_BUCKET = "onyxia-demo"
_KEYS = (
    "admin_access_key",
    "admin_secret_key",
    "sts_signing_key",
    "jwt_write",
    "jwt_read",
    "jwt_filer_write",
    "jwt_filer_read",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class SeaweedFS:
    """SeaweedFS's files and addresses.

    Parameters
    ----------
    folder
        Its data and keys.
    ports
        Inner ports by the names of `onyxia_hub.demo.ports.INNER_PORTS`. They may change.
    issuer, jwks_url, audience
        Whose tokens the STS takes, where their keys are, and who they must be meant for.
    usual_session
        Life of STS credentials in seconds, where no other is asked for.
    """

    folder: Path
    ports: Mapping[str, int]
    issuer: str
    jwks_url: str
    audience: str = field(default="s3")
    usual_session: int = 3600

    @property
    def endpoint(self) -> str:
        """Address of S3 and its STS."""
        return f"http://127.0.0.1:{self.ports['seaweedfs_s3']}"

    def write(self) -> None:
        """Write the configuration, and the keys of a new SeaweedFS.

        Raises
        ------
        StateFolderUnusable
            If its keys can't be read.
        """
        for name in ("data", "tmp"):
            private_folder(self.folder / name)
        if not self._keys_file.exists():
            # 32 bytes each, as base64: so the STS wants its key, and it fits everywhere else.
            keys = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in _KEYS}
            keys["admin_access_key"] = f"ADMIN{secrets.token_hex(8).upper()}"
            write_private(self._keys_file, json.dumps(keys, indent=1))
        keys = self._keys()
        identities = [
            {
                "name": "admin",
                "credentials": [
                    {
                        "accessKey": keys["admin_access_key"],
                        "secretKey": keys["admin_secret_key"],
                    }
                ],
                "actions": ["Admin", "Read", "Write", "List", "Tagging"],
            }
        ]
        write_private(self.folder / "s3.json", json.dumps({"identities": identities}, indent=1))
        iam = iam_config(
            issuer=self.issuer,
            jwks_url=self.jwks_url,
            audience=self.audience,
            signing_key=keys["sts_signing_key"],
            usual_session=self.usual_session,
            longest_session=LONGEST_SESSION,
        )
        write_private(self.folder / "iam.json", json.dumps(iam, indent=1))

    def part(self, *, log: Path) -> Part:
        """Describe the process; `write` comes first."""
        keys = self._keys()
        locks = {
            # Without these anybody on the machine reads every object through the filer's port.
            "WEED_JWT_SIGNING_KEY": keys["jwt_write"],
            "WEED_JWT_SIGNING_READ_KEY": keys["jwt_read"],
            "WEED_JWT_FILER_SIGNING_KEY": keys["jwt_filer_write"],
            "WEED_JWT_FILER_SIGNING_READ_KEY": keys["jwt_filer_read"],
            # One volume for a new bucket instead of seven.
            "WEED_MASTER_VOLUME_GROWTH_COPY_1": "1",
        }
        return Part(
            name="seaweedfs",
            label="Object storage (SeaweedFS)",
            command=(find_program("weed"), "-logtostderr=true", "server", *self._options()),
            cwd=self.folder,
            log=log,
            env=clean_environment() | locks,
            ready=lambda: until(self._reads_and_writes),
            ready_timeout=60,
            # It waits 15 s for its own streams to end, with everything written long before: a kill
            # loses nothing, since what was acknowledged is already in its files.
            stop_timeout=2,
            leaves=self._sockets(),
        )

    def admin(self) -> S3Client:
        """Return an S3 client with all rights. Blocking, like every boto3 client."""
        keys = self._keys()
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys["admin_access_key"],
            aws_secret_access_key=keys["admin_secret_key"],
            config=Config(
                s3={"addressing_style": "path"},
                retries={"total_max_attempts": 1},
                connect_timeout=2,
                read_timeout=5,
                proxies={},
            ),
        )

    @property
    def _keys_file(self) -> Path:
        return self.folder / "keys.json"

    def _keys(self) -> dict[str, str]:
        try:
            keys = json.loads(self._keys_file.read_text(encoding="utf-8"))
            return {name: str(keys[name]) for name in _KEYS}
        except (OSError, ValueError, KeyError, TypeError):
            # `from None`: a parser's message may quote the file, which is secret
            raise StateFolderUnusable(
                path=self._keys_file,
                problem="can't be read as SeaweedFS's keys",
                fix="Remove the file: new keys are made, and running services lose their access.",
            ) from None

    async def _reads_and_writes(self) -> bool:
        """Try it for real: its health page is green before data can be read."""
        return await asyncio.to_thread(self._try_once)

    def _try_once(self) -> bool:
        client = self.admin()
        try:
            client.create_bucket(Bucket=_PROBE_BUCKET)
        except client.exceptions.BucketAlreadyOwnedByYou:
            pass
        except (BotoCoreError, ClientError):
            return False
        text = secrets.token_bytes(8)
        try:
            client.put_object(Bucket=_PROBE_BUCKET, Key="probe", Body=text)
            return client.get_object(Bucket=_PROBE_BUCKET, Key="probe")["Body"].read() == text
        except (BotoCoreError, ClientError):
            return False

    def _sockets(self) -> tuple[Path, ...]:
        """Return the sockets for talking to itself, which no option takes out of /tmp."""
        return tuple(
            Path(f"/tmp/seaweedfs-{server}-grpc-{self.ports[f'seaweedfs_{server}_grpc']}.sock")  # noqa: S108
            for server in ("master", "volume", "filer", "s3")
        )

    def _options(self) -> list[str]:
        ports = self.ports
        return [
            # Relative, since the path of a Unix socket may have no more than 107 bytes.
            "-dir=data",
            "-ip=127.0.0.1",
            "-ip.bind=127.0.0.1",
            f"-master.port={ports['seaweedfs_master']}",
            f"-master.port.grpc={ports['seaweedfs_master_grpc']}",
            f"-volume.port={ports['seaweedfs_volume']}",
            f"-volume.port.grpc={ports['seaweedfs_volume_grpc']}",
            "-filer",
            f"-filer.port={ports['seaweedfs_filer']}",
            f"-filer.port.grpc={ports['seaweedfs_filer_grpc']}",
            "-filer.localSocket=tmp/filer.sock",
            "-s3",
            f"-s3.port={ports['seaweedfs_s3']}",
            f"-s3.port.grpc={ports['seaweedfs_s3_grpc']}",
            "-s3.localSocket=tmp/s3.sock",
            "-s3.config=s3.json",
            "-s3.iam.config=iam.json",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            "-master.telemetry=false",
            # A restart takes 3 s instead of 20 s.
            "-master.electionTimeout=1s",
            "-master.heartbeatInterval=100ms",
            "-master.volumeSizeLimitMB=128",
            "-volume.preStopSeconds=0",
            "-volume.max=0",
        ]
