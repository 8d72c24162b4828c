"""A saved configuration that could not be read, saved or deleted."""

from __future__ import annotations

from onyxia_hub.errors.launch import LaunchError

__all__ = [
    "ConfigurationError",
    "ConfigurationExists",
    "ConfigurationGone",
    "ConfigurationInvalid",
    "ConfigurationNameInvalid",
    "ConfigurationsFull",
]


class ConfigurationError(LaunchError):
    """Something of somebody's saved configurations that could not be done."""

    sentence = "The saved configuration could not be reached."
    reason = "configuration"


class ConfigurationNameInvalid(ConfigurationError):
    """A text that can't name a configuration."""

    sentence = (
        "“{name}” can't be the name of a configuration: {problem}. Write up to {longest} letters, "
        "digits, spaces, dots, hyphens and underscores, with a letter or a digit first."
    )


class ConfigurationInvalid(ConfigurationError):
    """A request whose body is not what is expected."""

    sentence = "Not saved: {field} {problem}. See docs/how-to/saved-configurations.md."


class ConfigurationExists(ConfigurationError):
    """The name is taken, and nobody said that the old configuration is to be replaced."""

    sentence = (
        "You already have a configuration “{name}”, so nothing was saved. Choose another name, or "
        'confirm that the old one is to be replaced (by REST: "replace": true).'
    )
    status_code = 409


class ConfigurationGone(ConfigurationError):
    """No such configuration, or one that was deleted."""

    sentence = (
        "You have no saved configuration “{name}”: it was deleted, or never saved. Load the "
        "catalogue again to see those that you have."
    )
    status_code = 404


class ConfigurationsFull(ConfigurationError):
    """More than is kept for one person."""

    sentence = (
        "No more saved configurations are kept than {limit}, so nothing was saved. Delete one that "
        "you no longer need, or keep a long script in a Git repository."
    )
    status_code = 413
