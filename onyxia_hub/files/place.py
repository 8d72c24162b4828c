"""The part of S3 that is a user's own, and the names of files in it. Pure functions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from onyxia_hub.errors import FileNameInvalid
from onyxia_hub.language import Said

__all__ = ["Place", "short_name"]

# Amazon S3 User Guide, "Naming Amazon S3 objects".
_LONGEST = 1024
_STEP = re.compile(r"[/\\]")


@dataclass(frozen=True, slots=True)
class Place:
    """A bucket, or a folder in one.

    Parameters
    ----------
    bucket
        Its name.
    prefix
        The folder, ending in a slash; empty for the whole bucket.
    """

    bucket: str
    prefix: str

    @classmethod
    def of(cls, working_directory: str) -> Place:
        """Return the place that a provider named.

        Parameters
        ----------
        working_directory
            ``bucket/`` or ``bucket/folder/``, as in ``AWS_WORKING_DIRECTORY_PATH``.
        """
        bucket, _, folder = working_directory.rstrip("/").partition("/")
        return cls(bucket, f"{folder}/" if folder else "")

    def key_of(self, name: str, *, folder: bool = False) -> str:
        """Return the key in the bucket of a file or folder.

        Parameters
        ----------
        name
            The name below this place.
        folder
            Whether it is a folder's: empty for all of the place, or ending in a slash.

        Raises
        ------
        FileNameInvalid
            If it can't be one, or a store that reads keys as paths would find it elsewhere.
        """
        problem: str = _problem_of(name, folder=folder)
        key = self.prefix + name
        if not problem and len(key.encode()) > _LONGEST:
            problem = Said("it is longer than {longest} bytes", longest=_LONGEST)
        if problem:
            raise FileNameInvalid(name=_printable(name), problem=problem)
        return key

    def name_of(self, key: str) -> str:
        """Return the name below this place of a key that a store listed."""
        return key.removeprefix(self.prefix)


def short_name(name: str) -> str:
    """Return the last part of a name, without the slash that ends a folder's."""
    return name.rstrip("/").rpartition("/")[2] or name


def _problem_of(name: str, *, folder: bool) -> str:
    """Return what is wrong with a name; nothing if it can be one."""
    if not name:
        return "" if folder else Said("it is empty")
    if folder and not name.endswith("/"):
        return Said("a folder's name ends in a slash")
    # XML has no way to write half a character (a surrogate), nor zero.
    if any("\ud800" <= each <= "\udfff" or each == "\0" for each in name):
        return Said("it has a character that no file name has")
    # To S3 they are names like others; stores that keep files in folders walk up, or refuse.
    if {".", ".."} & set(_STEP.split(name)):
        return Said("a part of it is only dots")
    return ""


def _printable(name: str) -> str:
    shown = "".join(each if each.isprintable() else "�" for each in name)
    return shown if len(shown) <= 80 else f"{shown[:79]}…"
