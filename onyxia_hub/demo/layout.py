"""The demo's one folder: what lies where, and that an interrupted first start can't spoil it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from onyxia_hub.errors import StateFolderUnusable

__all__ = ["Layout", "is_complete", "keep_or_set_aside", "mark_complete"]

_COMPLETE = ".complete"
_FOLDERS = (
    *("logs", "run", "idp", "openbao", "seaweedfs", "traefik", "hub", "services"),
    *("jupyter", "vscode"),
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below a state folder.

    Parameters
    ----------
    root
        The folder, absolute.
    """

    root: Path

    @property
    def logs(self) -> Path:
        """One log file for each part."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """One record for each running process; see `onyxia_hub.demo.leftovers`."""
        return self.root / "run"

    @property
    def idp(self) -> Path:
        """The identity provider's keys, users and sessions."""
        return self.root / "idp"

    @property
    def openbao(self) -> Path:
        """OpenBao's data and unseal key."""
        return self.root / "openbao"

    @property
    def seaweedfs(self) -> Path:
        """SeaweedFS's data and keys."""
        return self.root / "seaweedfs"

    @property
    def traefik(self) -> Path:
        """Traefik's static configuration and its rules."""
        return self.root / "traefik"

    @property
    def hub(self) -> Path:
        """The hub's database and keys."""
        return self.root / "hub"

    @property
    def services(self) -> Path:
        """Work folders of users' services."""
        return self.root / "services"

    @property
    def jupyter(self) -> Path:
        """The environment of Jupyter services."""
        return self.root / "jupyter"

    @property
    def vscode(self) -> Path:
        """VS Code, if it was asked for."""
        return self.root / "vscode"

    @property
    def settings(self) -> Path:
        """The settings file, written anew at each start."""
        return self.root / "settings.yaml"

    @property
    def ports(self) -> Path:
        """The inner ports."""
        return self.root / "ports.json"

    @property
    def lock(self) -> Path:
        """Held by the demo that runs on this folder."""
        return self.root / "lock"

    @property
    def api_token(self) -> Path:
        """The administrators' REST token."""
        return self.root / "api-token"

    def log_of(self, part: str) -> Path:
        """Return the log file of a part."""
        return self.logs / f"{part}.log"

    def make(self) -> None:
        """Make the folders, for the owner's eyes only.

        Raises
        ------
        StateFolderUnusable
            If they can't be made or written to.
        """
        try:
            for folder in (self.root, *(self.root / name for name in _FOLDERS)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                folder.chmod(0o700)
        except OSError as cause:
            raise StateFolderUnusable(
                path=cause.filename or self.root,
                problem=f"can't be used as the demo's folder ({cause.strerror})",
                fix="Choose another folder with --state-dir.",
            ) from cause
        if not os.access(self.root, os.W_OK):
            raise StateFolderUnusable(
                path=self.root,
                problem="can't be written to",
                fix="Choose another folder with --state-dir.",
            )


def is_complete(folder: Path) -> bool:
    """Tell whether a part has been ready once on this folder."""
    return (folder / _COMPLETE).exists()


def mark_complete(folder: Path) -> None:
    """Note that a part has been ready on this folder: from now on its data is worth keeping."""
    (folder / _COMPLETE).touch(mode=0o600)


def keep_or_set_aside(folder: Path) -> Path | None:
    """Make room where a first start was cut off before the part was ever ready.

    Nobody can have put anything in such a folder yet, but it may be half-made (initialised, and the
    answer with the root token lost), so a new one takes its place.

    Returns
    -------
    Path or None
        Where the old folder is now; ``None`` if it was empty, or complete and is kept.
    """
    if is_complete(folder) or not any(folder.iterdir()):
        return None
    number = 1
    while (aside := folder.with_name(f"{folder.name}.interrupted-{number}")).exists():
        number += 1
    folder.rename(aside)
    folder.mkdir(mode=0o700)
    return aside
