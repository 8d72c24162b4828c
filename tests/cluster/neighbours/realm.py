"""The realm of the test users, as Keycloak imports it (its admin API's RealmRepresentation)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from onyxia_hub.demo.parts.identity import CLIENT_ID
from tests.cluster.neighbours.addresses import Addresses

__all__ = ["DEFINITION", "REALM", "USERS", "realm_for"]

#: Name of the realm.
REALM = "onyxia"
#: Groups of each user. The password is the name.
USERS = {"alice": ("stats", "geo"), "bob": ("stats",), "admin": ("admins",)}
#: Realm attribute that tells whether the realm is the one that this code would make.
DEFINITION = "onyxia.definition"

_MINUTE = 60
_HOUR = 60 * _MINUTE
_TOKENS = {"access.token.claim": "true", "id.token.claim": "true"}


def realm_for(addresses: Addresses, *, client_secret: str, name: str = REALM) -> dict[str, Any]:
    """Return the realm.

    Parameters
    ----------
    addresses
        Where the hub is for browsers.
    client_secret
        Secret of the hub's client.
    name
        Name of the realm.
    """
    realm: dict[str, Any] = {
        "realm": name,
        "enabled": True,
        "displayName": "Onyxia Hub's tests",
        "sslRequired": "none",
        "accessTokenLifespan": 5 * _MINUTE,
        # A working day without a click, a working week in all.
        "ssoSessionIdleTimeout": 12 * _HOUR,
        "ssoSessionMaxLifespan": 5 * 24 * _HOUR,
        # Each refresh token is good for one use: what the hub must be able to live with.
        "revokeRefreshToken": True,
        "refreshTokenMaxReuse": 0,
        "groups": [{"name": group} for group in sorted({g for gs in USERS.values() for g in gs})],
        "users": [_user(user, groups) for user, groups in USERS.items()],
        "clients": [_client(addresses, client_secret=client_secret)],
    }
    text = json.dumps(realm, sort_keys=True)
    realm["attributes"] = {DEFINITION: hashlib.sha256(text.encode()).hexdigest()}
    return realm


def _user(name: str, groups: tuple[str, ...]) -> dict[str, Any]:
    return {
        "username": name,
        "enabled": True,
        # All that the default user profile asks for; a login would ask for what is missing.
        "email": f"{name}@example.org",
        "emailVerified": True,
        "firstName": name.title(),
        "lastName": "Example",
        "groups": [f"/{group}" for group in groups],
        "credentials": [{"type": "password", "value": name, "temporary": False}],
    }


def _client(addresses: Addresses, *, client_secret: str) -> dict[str, Any]:
    return {
        "clientId": CLIENT_ID,
        "name": "Onyxia Hub",
        "protocol": "openid-connect",
        "publicClient": False,
        "secret": client_secret,
        "standardFlowEnabled": True,
        "directAccessGrantsEnabled": False,
        "redirectUris": [addresses.redirect_uri],
        "attributes": {
            "pkce.code.challenge.method": "S256",
            "post.logout.redirect.uris": addresses.after_logout,
        },
        "protocolMappers": [
            _mapper(
                "groups",
                "oidc-group-membership-mapper",
                {
                    "claim.name": "groups",
                    "full.path": "false",
                    "userinfo.token.claim": "true",
                    **_TOKENS,
                },
            ),
            *(
                _mapper(
                    f"audience {audience}",
                    "oidc-audience-mapper",
                    {
                        "included.custom.audience": audience,
                        **_TOKENS,
                        "id.token.claim": "false",
                    },
                )
                for audience in ("s3", "vault")
            ),
        ],
    }


def _mapper(name: str, kind: str, config: dict[str, str]) -> dict[str, Any]:
    return {
        "name": name,
        "protocol": "openid-connect",
        "protocolMapper": kind,
        "config": config,
    }
