"""A secret of somebody's own that could not be listed, read or changed."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = [
    "NoVault",
    "SecretChanged",
    "SecretError",
    "SecretFolderChanged",
    "SecretForbidden",
    "SecretGone",
    "SecretInvalid",
    "SecretNotMoved",
    "SecretOldLeft",
    "SecretPathInvalid",
    "SecretRefused",
    "SecretThere",
    "SecretTooLarge",
]


class SecretError(LaunchError):
    """Something of somebody's own secrets that could not be done."""

    sentence = "The secret could not be reached."
    reason = "secret"


class NoVault(SecretError):
    """The site's settings name no Vault."""

    sentence = (
        "This platform has no Vault, so nobody can keep secrets on it. An administrator can add "
        "one with the section vault of the hub's settings."
    )
    status_code = 404


class SecretPathInvalid(SecretError):
    """A path that is none, or would lead out of the user's own directory."""

    sentence = (
        "“{path}” can't be the path of a secret: {problem}. Write names with a slash between them, "
        "for example project/database."
    )


class SecretInvalid(SecretError):
    """Keys and values, or a version, that can't be taken."""

    sentence = "Not done: {field} {problem}. {fix}"


class SecretGone(SecretError):
    """No such secret, or no such version of it, or one that was deleted."""

    sentence = "{what} does not exist in Vault, or was deleted. {fix}"
    status_code = 404


class SecretForbidden(SecretError):
    """Vault's policy for the login does not allow it."""

    sentence = (
        "Your login may not {action} {place} in Vault. Ask an administrator for the right, which a "
        "Vault policy gives."
    )
    status_code = 403


class SecretChanged(SecretError):
    """Somebody else wrote the secret since it was read (check-and-set)."""

    sentence = (
        "{place} has been changed since you read it, so nothing was saved. Read it again, then "
        "make your change anew."
    )
    status_code = 409


class SecretTooLarge(SecretError):
    """More than Vault's storage takes in one secret."""

    sentence = (
        "{place} would be larger than Vault takes in one secret ({limit}), so nothing was saved. "
        "Keep files in your storage, and only their keys here."
    )
    status_code = 413


class SecretRefused(SecretError):
    """Vault said no, for a reason of its own."""

    sentence = "Vault refused to {action} {place} ({detail}), so nothing was changed."


class SecretThere(SecretError):
    """A move to a path at which there is something, be it deleted versions only."""

    sentence = (
        "There is something at {place} already, deleted versions count too, so nothing was moved. "
        "Choose another name."
    )
    status_code = 409


class SecretFolderChanged(SecretError):
    """A folder that holds another number of secrets than was seen."""

    sentence = (
        "{place} holds {count} secrets by now, not {expected}, so nothing was changed. Look at it "
        "again."
    )
    status_code = 409


class SecretNotMoved(SecretError):
    """A move that could not copy everything."""

    sentence = "{place} was not moved: all of it is still in its old place. {cause}"
    status_code = 409


class SecretOldLeft(SecretError):
    """A move that copied everything, and could not delete the old place."""

    sentence = (
        "{place} is copied to its new place, but not all of it could be deleted from the old one. "
        "{cause}"
    )
    status_code = 409
