"""REST: somebody's saved configurations. For oneself only, whatever else one may do here.

``/hub/api/onyxia/users/USER/configurations/NAME``. The answer for one of them is a body that
JupyterHub's own ``POST …/servers/SERVICE`` takes: a start is the one sent to the other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyterhub.scopes import needs_scope
from jupyterhub.user import User

from onyxia_hub.catalogue.amounts import amounts_in_words, saved_amounts
from onyxia_hub.catalogue.difference import difference
from onyxia_hub.catalogue.fields import KEYS, LABELS
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.errors import ConfigurationInvalid, InvalidOption, LaunchError
from onyxia_hub.language import Said, current_language, text_in
from onyxia_hub.own_vault import OwnVault
from onyxia_hub.saved_configurations import SavedConfigurations, checked_name
from onyxia_hub.settings import Settings
from onyxia_hub.ui.credentials import CHANGE_SCOPE
from onyxia_hub.ui.oneself import OwnHandler

__all__ = ["OwnConfiguration", "OwnConfigurations", "handlers"]

# As the form calls the options that the stock form does not have.
_FORM_LABELS = {
    "s3_prefix": "S3 folder",
    "init_script": "Script to run first",
    "command": "Command",
    "port": "Port",
    "env": "Environment variables",
}


class _Configurations(OwnHandler):
    """What both have in common."""

    def saved_by(self, user: User) -> SavedConfigurations:
        return SavedConfigurations(OwnVault(user, self.authenticator, self.onyxia_settings))


class OwnConfigurations(_Configurations):
    """All of a user's saved configurations, without their values."""

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer ``{"configurations": [{"name": …, "problem": …}]}``, as cards show them.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If Vault or the login does not let them be read.
        """
        user = self.oneself(user_name)
        language = current_language()
        found = await self.saved_by(user).all()
        shown = [_shown(user, name, options, language) for name, options in found.items()]
        self.write(json.dumps({"configurations": shown}))


class OwnConfiguration(_Configurations):
    """One saved configuration.

    Every method raises `onyxia_hub.errors.ConfigurationError` where something can't be done, and
    `onyxia_hub.errors.LaunchError` where an option is refused, the login has ended, or Vault does
    not answer.
    """

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str, name: str) -> None:
        """Answer ``{"name": …, "user_options": {…}}``.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        name
            Of the configuration.
        """
        options = await self.saved_by(self.oneself(user_name)).get(name)
        self.write(json.dumps({"name": name, "user_options": options}))

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def put(self, user_name: str, name: str) -> None:
        """Save ``{"user_options": {…}, "replace": false}``; answer with what is kept of it.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        name
            Of the configuration. With ``replace``, it may be one that there is.
        """
        user = self.oneself(user_name)
        saved = self.saved_by(user)
        checked = checked_name(name)
        body = self.get_json_body()
        if not isinstance(body, dict) or not body.keys() <= {"name", "user_options", "replace"}:
            problem = Said("is not what is expected")
            raise ConfigurationInvalid(field=Said("the body"), problem=problem)
        replace = body.get("replace", False)
        if not isinstance(replace, bool):
            raise ConfigurationInvalid(field="replace", problem=Said("is neither true nor false"))
        options = difference(_parsed(user, body.get("user_options")))
        is_new = await saved.save(checked, options, replace=replace)
        self.set_status(201 if is_new else 200)
        self.write(json.dumps({"name": checked, "user_options": options}))

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def delete(self, user_name: str, name: str) -> None:
        """Delete it.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        name
            Of the configuration.
        """
        await self.saved_by(self.oneself(user_name)).delete(name)
        self.set_status(204)


def _parsed(user: User, options: Any) -> LaunchOptions:
    """Return options as a launch of the user's would read them now."""
    spawner = user.spawner
    return parse_options(
        options,
        catalogue=spawner.catalogue,
        groups=spawner.group_names(),
        why_unavailable=spawner.why_unavailable,
    )


def _shown(user: User, name: str, options: object, language: str) -> dict[str, Any]:
    """Return what a card shows; values of options are not part of it."""
    given = options if isinstance(options, Mapping) else {}
    slug = given.get("profile")
    profile = user.spawner.catalogue.get(slug) if isinstance(slug, str) else None
    if profile is not None and not profile.is_visible_to(user.spawner.group_names()):
        # What its name says is for its groups.
        profile = None
    try:
        problem = None
        _parsed(user, options)
    except LaunchError as refused:
        problem = refused
    amounts = saved_amounts(options, catalogue=user.spawner.catalogue) if profile else None
    return {
        "name": name,
        "profile": slug if isinstance(slug, str) else None,
        "title": profile.display_name.in_language(language) if profile else None,
        "icon": profile.icon if profile else "generic",
        "amounts": amounts_in_words(amounts, language) if amounts else None,
        "differs": [_label(key, language) for key in KEYS if key in given and key != "profile"],
        "problem": problem.jupyterhub_message if problem else None,
        # Of the option that is refused; the form shows all others.
        "field": problem.field if isinstance(problem, InvalidOption) else None,
        "editable": profile is not None and (problem is None or isinstance(problem, InvalidOption)),
    }


def _label(key: str, language: str) -> str:
    if key in LABELS:
        return LABELS[key].in_language(language)
    return text_in(language, _FORM_LABELS[key])


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    given = {"settings": settings}
    return [
        (r"/api/onyxia/users/([^/]+)/configurations", OwnConfigurations, given),
        (r"/api/onyxia/users/([^/]+)/configurations/([^/]+)", OwnConfiguration, given),
    ]
