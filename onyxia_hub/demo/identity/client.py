"""The one client of the provider: the hub."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from authlib.oauth2.rfc6749 import ClientMixin

from onyxia_hub.demo.identity.keys import ALGORITHM
from onyxia_hub.demo.identity.tokens import SCOPES

__all__ = ["AUTH_METHODS", "GRANT_TYPES", "HubClient"]

AUTH_METHODS = ("client_secret_basic", "client_secret_post")
GRANT_TYPES = ("authorization_code", "refresh_token")


class HubClient(ClientMixin):
    """A confidential client with exact addresses.

    The methods are those that Authlib's server asks a client (RFC 6749 §2).

    Parameters
    ----------
    client_id
        Its name.
    secret
        Its secret; kept as a hash.
    redirect_uris, post_logout_uris
        Where a login, and a logout, may return to.
    """

    #: Authlib reads it to choose how id tokens are signed.
    id_token_signed_response_alg = ALGORITHM

    def __init__(
        self,
        *,
        client_id: str,
        secret: str,
        redirect_uris: tuple[str, ...],
        post_logout_uris: tuple[str, ...],
    ) -> None:
        self.client_id = client_id
        self._secret_hash = _digest(secret)
        self._redirect_uris = redirect_uris
        self.client_metadata: dict[str, Any] = {"post_logout_redirect_uris": list(post_logout_uris)}

    def __repr__(self) -> str:
        return f"HubClient({self.client_id!r})"

    def get_client_id(self) -> str:
        """Return the client's name."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return nothing: a login must say where it returns to (OpenID Connect Core §3.1.2.1)."""
        return

    def get_allowed_scope(self, scope: str | None) -> str:
        """Return those of the scopes asked for that are known."""
        asked = (scope or "").split()
        return " ".join(known for known in SCOPES if known in asked)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Tell whether a login may return there; compared as text (RFC 9700 §2.1)."""
        return redirect_uri in self._redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Tell whether this is the secret."""
        return hmac.compare_digest(_digest(client_secret), self._secret_hash)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Tell whether the client may prove itself this way; the same at every endpoint."""
        del endpoint
        return method in AUTH_METHODS

    def check_response_type(self, response_type: str) -> bool:
        """Tell whether the client may ask for this: a code only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Tell whether the client may use this grant."""
        return grant_type in GRANT_TYPES


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
