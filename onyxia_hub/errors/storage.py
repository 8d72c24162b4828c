"""A file of somebody's own S3 storage that could not be listed, read or changed."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = [
    "FileChanged",
    "FileError",
    "FileGone",
    "FileNameInvalid",
    "FileThere",
    "FileTooLarge",
    "FolderThere",
    "LinkTooLong",
    "MoveBrokenOff",
    "MoveRefused",
    "MoveUnderWay",
    "NoPreview",
    "NoStorage",
    "OldPlaceLeft",
    "PreviewNotInstalled",
    "StorageRefused",
    "TooManyUploads",
]


class FileError(LaunchError):
    """Something of somebody's own files that could not be done."""

    sentence = "The file could not be reached."
    reason = "file"


class NoStorage(FileError):
    """The site's settings name no S3 storage."""

    sentence = (
        "This platform has no S3 storage, so nobody can keep files on it. An administrator can add "
        "one with the section s3 of the hub's settings."
    )
    status_code = 404


class FileNameInvalid(FileError):
    """A name that is none, or would lead out of the user's own place."""

    sentence = "“{name}” can't be the name of a file here: {problem}."


class FileGone(FileError):
    """No such file."""

    sentence = "There is no file “{name}” in your storage; it may have been deleted or renamed."
    status_code = 404


class FileTooLarge(FileError):
    """An upload above the site's limit."""

    sentence = (
        "Files of up to {limit} can be uploaded here, and this one is larger. Upload it with "
        "`aws s3 cp` or another S3 program: “My account” shows how."
    )
    status_code = 413


class TooManyUploads(FileError):
    """More uploads of one user at a time than the hub takes."""

    sentence = "You have {most} uploads running already. Wait until one of them is done."
    status_code = 429


class StorageRefused(FileError):
    """The S3 store said no to the user's own keys."""

    sentence = (
        "S3 storage at {endpoint} refused this ({detail}). If it stays so, an administrator must "
        "check the rights of your role there."
    )
    status_code = 502


class LinkTooLong(FileError):
    """A link that would live longer than the keys that sign it."""

    sentence = (
        "A link can't live longer than the keys that sign it, which is {longest} seconds now. "
        "Choose a shorter time."
    )


class NoPreview(FileError):
    """A file of which nothing can be shown."""

    sentence = "“{name}” can't be shown here: {problem}. Download it to open it."
    status_code = 415


class PreviewNotInstalled(FileError):
    """A hub without the optional package that reads tables."""

    sentence = (
        "This hub can't show tables, for the Python package duckdb is not installed. An "
        "administrator can add it with `pip install 'onyxia-hub[preview]'`."
    )
    status_code = 501


class FileThere(FileError):
    """A move to the name of another file."""

    sentence = (
        "There is a file “{name}” already, so nothing was moved. Choose another name, or say that "
        "it is to be replaced."
    )
    status_code = 412


class FolderThere(FileError):
    """A move to the name of another folder."""

    sentence = "There is a folder “{name}” already, so nothing was moved. Choose another name."
    status_code = 409


class FileChanged(FileError):
    """A file that was written while it was moved, or one that was made in its new place."""

    sentence = (
        "“{name}” was changed, or another was made in its new place, while it was moved. Look at "
        "both places, then try again."
    )
    status_code = 409


class MoveRefused(FileError):
    """A place to which something can't be moved."""

    sentence = "“{name}” can't be moved to “{target}”: {problem}."


class MoveUnderWay(FileError):
    """A second move of one user at the same time."""

    sentence = "Another move of yours is running. Wait until it is done."
    status_code = 429


class MoveBrokenOff(FileError):
    """A move of which not everything could be copied."""

    sentence = "“{name}” was not moved: all of it is still in its old place. {cause}"
    status_code = 502


class OldPlaceLeft(FileError):
    """A move that copied everything, and could not delete the old place."""

    sentence = (
        "“{name}” is whole in its new place, but not all of it could be deleted from the old one. "
        "{cause}"
    )
    status_code = 502
