"""Launch options that somebody saved under a name, in their own directory of Vault.

One secret holds them all, one key for each: a list takes one request, and a change of one leaves
the others alone. Values of variables may be secret, which is why they are nowhere else.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from onyxia_hub.catalogue.wording import shown
from onyxia_hub.errors import (
    ConfigurationExists,
    ConfigurationGone,
    ConfigurationNameInvalid,
    ConfigurationsFull,
    SecretGone,
)
from onyxia_hub.language import Said
from onyxia_hub.own_vault import OwnVault

__all__ = ["LONGEST_NAME", "MOST", "SECRET", "SavedConfigurations", "checked_name"]

#: Below the user's directory, in the folder that is the hub's.
SECRET = ".onyxia/configurations"  # noqa: S105  # where it is

#: Most configurations of one user.
MOST = 50

#: Most characters of a name.
LONGEST_NAME = 50

# Bytes of all of them: where Vault stores in Consul, a secret and what is around it have 512 KiB.
_LIMIT = 384 * 1024

_NAME = re.compile(r"[^\W_][\w .\-]*")


def checked_name(text: str) -> str:
    """Return the name of a configuration, in the usual form of Unicode.

    Raises
    ------
    onyxia_hub.errors.ConfigurationNameInvalid
        If it is empty, too long, or holds another character than names do.
    """
    # However it was typed, it is one name.
    name = unicodedata.normalize("NFC", text)
    problem = None
    if not name:
        problem = Said("it is empty")
    elif len(name) > LONGEST_NAME:
        problem = Said("it has {number} characters", number=len(name))
    elif name != name.strip():
        problem = Said("it starts or ends with a space")
    elif not _NAME.fullmatch(name):
        problem = Said("it holds another character than those, or starts with another")
    if problem:
        raise ConfigurationNameInvalid(name=shown(name), problem=problem, longest=LONGEST_NAME)
    return name


class SavedConfigurations:
    """The configurations of one user.

    All methods raise what `OwnVault` does where Vault is away or says no.

    Parameters
    ----------
    vault
        The user's directory.
    """

    def __init__(self, vault: OwnVault) -> None:
        self._vault = vault

    async def all(self) -> dict[str, object]:
        """Return the options by name, in the order of the names.

        They are as Vault has them: other tools may have written anything there.
        """
        try:
            found = (await self._vault.read(SECRET)).values
        except SecretGone:
            return {}
        return dict(sorted(found.items(), key=lambda entry: (entry[0].casefold(), entry[0])))

    async def get(self, name: str) -> Mapping[str, Any]:
        """Return the options of one configuration.

        Raises
        ------
        onyxia_hub.errors.ConfigurationGone
            If there is none, or what is there are no options.
        """
        options = (await self.all()).get(name)
        if not isinstance(options, Mapping):
            raise ConfigurationGone(name=shown(name))
        return options

    async def save(self, name: str, options: Mapping[str, Any], *, replace: bool) -> bool:
        """Keep options under a name.

        Parameters
        ----------
        name
            What `checked_name` returned.
        options
            ``user_options`` as the REST API takes them.
        replace
            Whether they may replace those that have the name.

        Returns
        -------
        bool
            Whether the name is new.

        Raises
        ------
        onyxia_hub.errors.ConfigurationExists
            If the name is taken.
        onyxia_hub.errors.ConfigurationsFull
            If there are too many, or they take too much.
        """
        is_new = False

        def with_it(values: Mapping[str, Any]) -> Mapping[str, Any]:
            nonlocal is_new
            is_new = name not in values
            if not is_new and not replace:
                raise ConfigurationExists(name=name)
            after = {**values, name: dict(options)}
            if is_new and len(after) > MOST:
                raise ConfigurationsFull(limit=MOST)
            if len(json.dumps(after).encode()) > _LIMIT:
                raise ConfigurationsFull(limit=Said("{size} KiB in all", size=_LIMIT // 1024))
            return after

        await self._vault.change(SECRET, with_it)
        return is_new

    async def delete(self, name: str) -> None:
        """Forget one configuration.

        Raises
        ------
        onyxia_hub.errors.ConfigurationGone
            If there is none.
        """

        def without_it(values: Mapping[str, Any]) -> Mapping[str, Any]:
            if name not in values:
                raise ConfigurationGone(name=shown(name))
            return {key: value for key, value in values.items() if key != name}

        await self._vault.change(SECRET, without_it)
