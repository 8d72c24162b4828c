"""The files of one service of the embedded default."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from onyxia_hub.demo.identity.files import write_private
from onyxia_hub.demo.logs import end_of
from onyxia_hub.demo.service_process import ServiceProcess
from onyxia_hub.manifests.names import COMMAND, folder_name

__all__ = ["ServiceFolder"]

_MINTED = "minted.json"
# sockaddr_un.sun_path has 108 bytes on Linux and 104 elsewhere; programs add to it at their start.
_SOCKET_PATH = 90


class ServiceFolder:
    """Where a service of one user keeps what.

    Parameters
    ----------
    state_dir
        The embedded default's folder.
    user, server
        JupyterHub's names; any text.
    """

    def __init__(self, state_dir: Path, *, user: str, server: str) -> None:
        self._user = user
        self._server = server
        mine = state_dir / "services" / folder_name(user)
        #: One home for all services of the user. No server's folder starts with an underscore but
        #: that of the default server.
        self.home = mine / "_home"
        self._service = mine / folder_name(server)
        self.work = self._service / "work"
        self.credentials = self._service / "credentials"
        # A folder name never holds a dot, so the two names can't run into each other.
        name = f"{folder_name(user)}.{folder_name(server)}"
        self.log = state_dir / "logs" / "services" / f"{name}.log"
        self.record = state_dir / "run" / f"service.{name}.json"

    def prepare(self, files: Mapping[str, str], minted: Mapping[str, str]) -> bool:
        """Make the folders and write the credentials.

        Parameters
        ----------
        files
            Text by file name.
        minted
            The environment variables that the providers gave, kept for `read_minted`.

        Returns
        -------
        bool
            Whether this is the service's first start.
        """
        first = not self.work.exists()
        for folder in (self.home, self.work, self.log.parent, self.record.parent):
            folder.mkdir(parents=True, exist_ok=True)
        self.remove_credentials()
        (self.credentials / "bin").mkdir(mode=0o700, parents=True)
        self.credentials.chmod(0o700)
        self._write(files, minted)
        return first

    def replace(self, files: Mapping[str, str], minted: Mapping[str, str]) -> None:
        """Give a running service what was renewed; what is not named stays as it is.

        Parameters
        ----------
        files, minted
            As for `prepare`.

        Raises
        ------
        FileNotFoundError
            If the service has been stopped.
        """
        self._write(files, self.read_minted() | dict(minted))

    def _write(self, files: Mapping[str, str], minted: Mapping[str, str]) -> None:
        for name, text in {**files, _MINTED: json.dumps(dict(minted))}.items():
            write_private(self._place_of(name), text)
        if COMMAND in files:
            self._place_of(COMMAND).chmod(0o700)

    def _place_of(self, name: str) -> Path:
        return self.credentials / "bin" / name if name == COMMAND else self.credentials / name

    def socket(self) -> Path:
        """Return the path of the socket where the program listens; nobody else can reach it.

        It is with the credentials, whose folder is ours alone, unless that path is too long for a
        socket.
        """
        usual = self.credentials / "program.sock"
        if len(os.fsencode(usual)) <= _SOCKET_PATH:
            return usual
        self._short.mkdir(mode=0o700, exist_ok=True)
        found = self._short.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise PermissionError(f"{self._short} is somebody else's folder")
        return self._short / "program.sock"

    @property
    def _short(self) -> Path:
        digest = hashlib.sha256(os.fsencode(self.credentials.absolute())).hexdigest()
        return Path(tempfile.gettempdir()) / f"onyxia-hub-{digest[:16]}"

    def read_minted(self) -> dict[str, str]:
        """Return the environment variables that the providers gave; empty if there are none."""
        try:
            minted = json.loads((self.credentials / _MINTED).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in minted.items()}

    def read_files(self) -> dict[str, str]:
        """Return the text of the credentials' files by name."""
        found = {}
        for file in self.credentials.glob("*"):
            with contextlib.suppress(OSError, UnicodeDecodeError):
                found[file.name] = file.read_text(encoding="utf-8")
        return found

    def remove_credentials(self) -> None:
        """Delete the credentials' files and the program's socket."""
        for folder in (self.credentials, self._short):
            shutil.rmtree(folder, ignore_errors=True)

    def remove_work(self) -> None:
        """Delete everything of the service; the user's home, which all services share, stays."""
        shutil.rmtree(self._service, ignore_errors=True)

    def open_log(self) -> int:
        """Return a file descriptor of an empty log that only we may read."""
        return os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)

    def write_record(self, process: ServiceProcess) -> None:
        """Write down which process runs the service, all at once or not at all."""
        process.write(self.record, user=self._user, server=self._server)

    def read_record(self) -> ServiceProcess | None:
        """Return the process that runs, or once ran, the service; ``None`` if it was stopped."""
        return ServiceProcess.read(self.record)

    def remove_record(self) -> None:
        """Forget which process runs the service."""
        self.record.unlink(missing_ok=True)

    def end_of_log(self) -> str:
        """Return the end of what the program wrote; it may hold secrets."""
        return end_of(self.log, most=64 * 1024)
