"""What a service of the embedded default holds of credentials: files in its own folder."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from onyxia_hub.credentials.base import Held
from onyxia_hub.credentials.leases import Lease, leases_of
from onyxia_hub.demo.service_folder import ServiceFolder
from onyxia_hub.errors import CredentialsGone
from onyxia_hub.launch import LaunchMixin
from onyxia_hub.manifests.command import expiry_of
from onyxia_hub.manifests.names import EXPIRY_FILE
from onyxia_hub.service_credentials import Ends

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

    async def keep(
        self, held: Held, *, env: Mapping[str, str], files: Mapping[str, str], ends: Ends
    ) -> None:
        """Write the files anew, each all at once."""
        del held, ends  # the folder knows the one, and a file tells the other
        try:
            self.folder.replace(files, env)
        except FileNotFoundError:
            raise CredentialsGone from None
