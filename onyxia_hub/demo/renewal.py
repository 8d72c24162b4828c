"""What a service of the embedded default holds of credentials: files in its own folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from onyxia_hub.credentials.base import Credentials, Held
from onyxia_hub.credentials.leases import Lease, leases_of
from onyxia_hub.demo.service_folder import ServiceFolder
from onyxia_hub.errors import CredentialsGone
from onyxia_hub.launch import LaunchMixin
from onyxia_hub.manifests.command import expiry_of, expiry_text
from onyxia_hub.manifests.names import EXPIRY_FILE

__all__ = ["LocalRenewal"]


class LocalRenewal(LaunchMixin):
    """Adds the renewal of credentials, which a program sees with its next look at the file."""

    @property
    def folder(self) -> ServiceFolder:
        """The service's files."""
        raise NotImplementedError

    def launch_leases(self) -> Mapping[str, Lease]:
        """Return the leases, which were written when the list of them was."""
        file = self.folder.credentials / EXPIRY_FILE
        try:
            text, written = file.read_text(encoding="utf-8"), file.stat().st_mtime
        except (OSError, UnicodeDecodeError):
            return {}
        return leases_of(datetime.fromtimestamp(written, UTC), expiry_of(text))

    async def held(self) -> Held | None:
        """Return what is in the folder."""
        files = self.folder.read_files()
        return Held(env=self.folder.read_minted(), files=files) if files else None

    async def keep(self, held: Held, renewed: Collection[Credentials]) -> None:
        """Write the files anew, each all at once."""
        env: dict[str, str] = {}
        files: dict[str, str] = {}
        ends = expiry_of(held.files.get(EXPIRY_FILE, ""))
        for credentials in renewed:
            env |= credentials.env
            files |= credentials.files
            ends[credentials.provider] = credentials.expires_at
        try:
            self.folder.replace({**files, EXPIRY_FILE: expiry_text(ends)}, env)
        except FileNotFoundError:
            raise CredentialsGone from None
