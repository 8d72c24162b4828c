"""A settings or profile file that can't be used."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ProfileError", "SettingsError"]


class SettingsError(Exception):
    """A settings file that can't be used.

    Parameters
    ----------
    file
        The file that was read.
    key
        Dotted path of the key, for example ``s3.endpoint``; empty for the file as a whole.
    problem
        What is wrong, in one clause.
    fix
        What to write instead.
    """

    def __init__(self, *, file: Path | str, key: str, problem: str, fix: str) -> None:
        self.file = Path(file)
        self.key = key
        self.problem = problem
        self.fix = fix
        where = f"{self.file}: {key}" if key else str(self.file)
        super().__init__(f"{where}: {problem}. {fix}")


class ProfileError(SettingsError):
    """A profile file that can't be used; the same four parts as `SettingsError`."""
