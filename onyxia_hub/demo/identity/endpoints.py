"""What programs talk to: tokens, userinfo, keys, discovery, health."""

from __future__ import annotations

import re
from typing import Any

from onyxia_hub.demo.identity.client import AUTH_METHODS, GRANT_TYPES
from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.keys import ALGORITHM, InvalidToken
from onyxia_hub.demo.identity.tokens import SCOPES, person_claims
from onyxia_hub.demo.identity.web import Handler

__all__ = ["Discovery", "Health", "Jwks", "Token", "Userinfo", "discovery"]


class Token(Handler):
    """The token endpoint (RFC 6749 §3.2)."""

    def post(self) -> None:
        """Exchange a code or a refresh token."""
        self.send(self.context.server.token(self.incoming))


class Userinfo(Handler):
    """The userinfo endpoint (OpenID Connect Core 1.0 §5.3)."""

    def get(self) -> None:
        """Return the claims of the person whose access token this is, as they are now."""
        bearer = re.fullmatch(r"[Bb]earer +(\S+)", self.request.headers.get("Authorization", ""))
        if bearer is None:
            # No error code when no token was sent at all (RFC 6750 §3.1).
            self._refuse(401)
            return
        server = self.context.server
        try:
            claims = server.access_tokens.verify(bearer[1])
        except InvalidToken:
            self._refuse(401, "invalid_token", "The access token is invalid or has expired.")
            return
        session = server.store.by_id(str(claims.get("sid", "")))
        user = server.users.enabled(session.username) if session else None
        if user is None or user.subject != claims.get("sub"):
            self._refuse(401, "invalid_token", "The session has ended.")
        elif "openid" not in str(claims.get("scope", "")).split():
            self._refuse(403, "insufficient_scope", "The scope openid is needed.")
        else:
            self.finish(person_claims(user))

    def post(self) -> None:
        """Do the same (OpenID Connect Core 1.0 §5.3.1)."""
        self.get()

    def _refuse(self, status: int, error: str = "", description: str = "") -> None:
        self.set_status(status)
        detail = f', error="{error}", error_description="{description}"' if error else ""
        self.set_header("WWW-Authenticate", f'Bearer realm="Onyxia Hub"{detail}')
        self.finish({"error": error, "error_description": description} if error else {})


class Jwks(Handler):
    """The public keys (RFC 7517)."""

    def get(self) -> None:
        """Return the key set."""
        self.finish(self.context.server.keys.jwks())


class Discovery(Handler):
    """The discovery document (OpenID Connect Discovery 1.0 §4)."""

    def get(self) -> None:
        """Return the document."""
        self.finish(discovery(self.context.server.config))


class Health(Handler):
    """For whoever started the process."""

    def get(self) -> None:
        """Say that the process answers and can read its sessions."""
        self.context.server.store.check()
        self.finish({"status": "ok", "issuer": self.context.server.config.issuer})


def discovery(config: IdentityConfig) -> dict[str, Any]:
    """Return the provider's metadata (OpenID Connect Discovery 1.0 §3, RFC 8414, RFC 9207)."""
    issuer = config.issuer
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "end_session_endpoint": f"{issuer}/logout",
        "jwks_uri": f"{issuer}/jwks",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANT_TYPES),
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [ALGORITHM],
        "token_endpoint_auth_methods_supported": list(AUTH_METHODS),
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account", "consent"],
        "claims_supported": [
            *("iss", "sub", "aud", "azp", "exp", "iat", "auth_time", "nonce", "at_hash", "sid"),
            *("preferred_username", "name", "email", "email_verified", "groups"),
        ],
        "claims_parameter_supported": False,
        "request_parameter_supported": False,
        # Would be true if left out.
        "request_uri_parameter_supported": False,
        "authorization_response_iss_parameter_supported": True,
    }
