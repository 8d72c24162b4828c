"""REST: what somebody keeps for git. For oneself only; the token never comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from jupyterhub.scopes import needs_scope
from jupyterhub.user import User

from onyxia_hub.errors import SecretInvalid
from onyxia_hub.language import Said
from onyxia_hub.manifests.git import GitIdentity, email_problem, name_problem
from onyxia_hub.own_vault import KeptForGit, OwnVault
from onyxia_hub.settings import Settings
from onyxia_hub.ui.credentials import CHANGE_SCOPE
from onyxia_hub.ui.oneself import OwnHandler

__all__ = ["OwnGit", "handlers"]

_KEYS = frozenset({"name", "email", "server", "token"})


class OwnGit(OwnHandler):
    """Name, e-mail address and token of somebody's commits.

    Every method raises `onyxia_hub.errors.SecretError` where something can't be done, and
    `onyxia_hub.errors.LaunchError` where the login has ended or Vault does not answer.
    """

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def get(self, user_name: str) -> None:
        """Answer with what is kept, and with what the login says for what is not.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        """
        user = self.oneself(user_name)
        await self._answer(user, await self._kept(user).read())

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def patch(self, user_name: str) -> None:
        """Change ``{"name", "email", "server", "token"}``; what is null or empty is removed.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks. What the body does not name stays;
            ``server`` goes with a token.
        """
        user = self.oneself(user_name)
        await self._answer(user, await self._kept(user).change(self._changes()))

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def delete(self, user_name: str) -> None:
        """Delete all of it, for good.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.
        """
        await self._kept(self.oneself(user_name)).forget()
        self.set_status(204)

    def _kept(self, user: User) -> KeptForGit:
        settings = self.onyxia_settings
        vault = OwnVault(user, self.authenticator, settings)
        return KeptForGit(vault, default_server=settings.git.server)

    def _changes(self) -> Mapping[str, str | None]:
        body = self.get_json_body()
        if (
            not isinstance(body, dict)
            or not body.keys() <= _KEYS
            or not all(value is None or isinstance(value, str) for value in body.values())
        ):
            raise SecretInvalid(
                field="the body",
                problem=Said("is not what is expected"),
                fix=Said("See docs/how-to/use-git.md."),
            )
        return body

    async def _answer(self, user: User, kept: GitIdentity) -> None:
        auth_state = await user.get_auth_state() or {}
        self.write(
            json.dumps(
                {
                    "name": kept.name,
                    "email": kept.email,
                    "has_token": kept.token is not None,
                    "server": kept.server,
                    "token_since": kept.token_since,
                    "proposed": {
                        **_proposed(auth_state.get("oauth_user") or {}),
                        "server": self.onyxia_settings.git.server,
                    },
                }
            )
        )


def _proposed(claims: Mapping[str, Any]) -> dict[str, str | None]:
    name, email = claims.get("name"), claims.get("email")
    return {
        "name": name if isinstance(name, str) and name_problem(name) is None else None,
        "email": email if isinstance(email, str) and email_problem(email) is None else None,
    }


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    return [(r"/api/onyxia/users/([^/]+)/git", OwnGit, {"settings": settings})]
