"""A file of somebody's own S3 storage that could not be listed, read or changed."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = [
    "FileError",
    "FileGone",
    "FileNameInvalid",
    "FileTooLarge",
    "LinkTooLong",
    "NoPreview",
    "NoStorage",
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
