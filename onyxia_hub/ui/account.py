"""“My account”: who somebody is here, and how to reach what is one's own from anywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.scopes import needs_scope
from tornado.web import authenticated

from onyxia_hub.credentials.minting import Minted
from onyxia_hub.language import for_reader
from onyxia_hub.own_access import Wanted, fresh_access
from onyxia_hub.owner import Owner
from onyxia_hub.settings import Settings
from onyxia_hub.snippets.kubernetes import cluster_snippets
from onyxia_hub.snippets.s3 import S3Facts, s3_snippets
from onyxia_hub.snippets.snippet import Snippet
from onyxia_hub.snippets.vault import VaultFacts, vault_snippets
from onyxia_hub.ui.credentials import CHANGE_SCOPE
from onyxia_hub.ui.oneself import OwnHandler

__all__ = ["AccountPage", "OwnAccess", "OwnClusterAccess", "handlers"]

_SERVICE = "account"


#: All that there is, keys to copy included.
_EVERYTHING = Wanted(s3="static", vault="on", optional=frozenset({"s3", "vault"}))


class AccountPage(BaseHandler):
    """The page. It holds no credentials: those are asked for by a click."""

    @authenticated
    async def get(self) -> None:
        """Show who the user is, by the claims of the last login."""
        user = self.current_user
        auth_state = await user.get_auth_state() or {}
        claims = auth_state.get("oauth_user") or {}
        self.finish(
            await self.render_template(
                "account.html",
                user=user,
                claims={name: claims[name] for name in ("name", "email") if claims.get(name)},
                groups=sorted(group.name for group in user.groups),
            )
        )


class OwnAccess(OwnHandler):
    """Fresh credentials for somebody's own use, as texts to copy."""

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Answer ``{"now": …, "expires_at": {…}, "missing": {…}, "snippets": {…}}``.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks: nobody gets another's credentials.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If the login has ended.
        """
        settings = self.onyxia_settings
        minted = await fresh_access(
            self.oneself(user_name), self.authenticator, settings, _EVERYTHING, service=_SERVICE
        )
        snippets = _snippets(minted, settings)
        self.write(json.dumps(_answer(snippets, minted.expires_at, minted.missing)))


class OwnClusterAccess(OwnHandler):
    """Fresh access to one's own namespace of Kubernetes, as a text to save."""

    @needs_scope(CHANGE_SCOPE)  # type: ignore[untyped-decorator]  # JupyterHub's
    async def post(self, user_name: str) -> None:
        """Answer as `OwnAccess` does, with ``kubernetes`` as the only name.

        Parameters
        ----------
        user_name
            The user, who must be the one that asks.

        Raises
        ------
        onyxia_hub.errors.LaunchError
            If there is no access to be had, or the login has ended.
        """
        user = self.oneself(user_name)
        # Somebody whom the organisation has shut out is to get nothing new.
        _, refusal = await Owner(user, self.authenticator).login()
        if refusal:
            raise refusal
        access = await user.spawner.cluster_access()
        self.write(
            json.dumps(
                _answer(
                    {"kubernetes": cluster_snippets(access)}, {"kubernetes": access.expires_at}, {}
                )
            )
        )


def _answer(
    made: Mapping[str, list[Snippet]],
    expires_at: Mapping[str, datetime],
    missing: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "now": datetime.now(UTC).isoformat(timespec="seconds"),
        "expires_at": {name: end.isoformat(timespec="seconds") for name, end in expires_at.items()},
        "missing": {name: for_reader(why) for name, why in missing.items()},
        "snippets": {name: [asdict(each) for each in found] for name, found in made.items()},
    }


def _snippets(minted: Minted, settings: Settings) -> dict[str, list[Snippet]]:
    return {
        "s3": s3_snippets(_s3_facts(minted.env, settings)) if "s3" in minted.expires_at else [],
        "vault": vault_snippets(_vault_facts(minted.env)) if "vault" in minted.expires_at else [],
    }


def _s3_facts(env: Mapping[str, str], settings: Settings) -> S3Facts:
    return S3Facts(
        endpoint=env["AWS_ENDPOINT_URL"],
        region=env["AWS_REGION"],
        path_style=settings.s3 is None or settings.s3.path_style,
        place=env["AWS_WORKING_DIRECTORY_PATH"].rstrip("/"),
        access_key=env["AWS_ACCESS_KEY_ID"],
        secret_key=env["AWS_SECRET_ACCESS_KEY"],
        session_token=env["AWS_SESSION_TOKEN"],
    )


def _vault_facts(env: Mapping[str, str]) -> VaultFacts:
    return VaultFacts(
        address=env["VAULT_ADDR"],
        namespace=env.get("VAULT_NAMESPACE"),
        mount=env["VAULT_MOUNT"],
        top_dir=env["VAULT_TOP_DIR"],
        token=env["VAULT_TOKEN"],
    )


def handlers(settings: Settings) -> list[tuple[str, type[Any], dict[str, Any]]]:
    """Return the entries for ``JupyterHub.extra_handlers``.

    Parameters
    ----------
    settings
        The site's.
    """
    return [
        (r"/onyxia/account", AccountPage, {}),
        (r"/api/onyxia/users/([^/]+)/access", OwnAccess, {"settings": settings}),
        (
            r"/api/onyxia/users/([^/]+)/access/kubernetes",
            OwnClusterAccess,
            {"settings": settings},
        ),
    ]
