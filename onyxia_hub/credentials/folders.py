"""Folders named after users, in buckets and in Vault."""

from __future__ import annotations

__all__ = ["filled", "is_step", "user_folder"]


def filled(template: str, username: str) -> str:
    """Return the template with the user's name in it."""
    return template.replace("{username}", username)


def is_step(text: str) -> bool:
    """Whether a text is one step of a path, and no way out of it."""
    return bool(text.strip()) and text not in {".", ".."} and "/" not in text and text.isprintable()


def user_folder(template: str, username: str) -> str | None:
    """Return the folder of a user, without slashes at its ends.

    Parameters
    ----------
    template
        With ``{username}``, or without.
    username
        JupyterHub's name of the user.

    Returns
    -------
    str or None
        ``None`` if the name would add or leave a folder. The name decides nothing about rights,
        the store does, but a wrong folder would be shown, and read, as the user's own.
    """
    parts = [filled(part, username) for part in template.strip("/").split("/")]
    if parts == [""] and not template.strip("/"):
        return ""
    return "/".join(parts) if all(map(is_step, parts)) else None
