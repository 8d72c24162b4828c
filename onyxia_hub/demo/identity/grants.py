"""The grants: Authlib's flows over our store."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant, RefreshTokenGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import AuthorizationCodeMixin, OpenIDCode
from authlib.oidc.core.errors import RequestNotSupportedError, RequestURINotSupportedError
from authlib.oidc.core.grants.code import OpenIDToken

from onyxia_hub.demo.identity.client import AUTH_METHODS, HubClient
from onyxia_hub.demo.identity.sessions import StoredCode, StoredRefreshToken
from onyxia_hub.demo.identity.tokens import Login, person_claims

__all__ = ["CodeGrant", "CodeIdToken", "IdTokenOnRefresh", "RefreshGrant", "RequiredS256"]

#: Seconds in which a client must exchange its code.
CODE_LIFE = 60


@dataclass(frozen=True, slots=True)
class _Code(AuthorizationCodeMixin):
    """What Authlib asks an authorization code."""

    stored: StoredCode
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        return self.stored.challenge

    def get_redirect_uri(self) -> str:
        return self.stored.redirect_uri

    def get_scope(self) -> str:
        return self.stored.scope

    def get_nonce(self) -> str | None:
        return self.stored.nonce

    def get_auth_time(self) -> int:
        return self.stored.session.auth_time


@dataclass(frozen=True, slots=True)
class _RefreshToken:
    """What Authlib asks a refresh token."""

    stored: StoredRefreshToken
    text: str

    def check_client(self, client: HubClient) -> bool:
        return self.stored.client_id == client.client_id

    def get_scope(self) -> str:
        return self.stored.scope


class CodeGrant(AuthorizationCodeGrant):
    """Authorization code, single use: a second use ends the session (RFC 6749 §4.1.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = list(AUTH_METHODS)

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: HubClient) -> str:
        """Return the address if it is registered.

        Authlib's own puts the address in the error's text, where many characters are not allowed.
        """
        redirect_uri = request.payload.redirect_uri
        if not redirect_uri or not client.check_redirect_uri(redirect_uri):
            raise InvalidRequestError(
                "The address to return to after login is not registered for this client."
            )
        return str(redirect_uri)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """Keep the code with what it was asked for."""
        login: Login = request.user
        self.server.store.save_code(
            code,
            session=login.session,
            client_id=request.client.client_id,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=request.payload.data.get("nonce"),
            challenge=request.payload.data["code_challenge"],
            life=CODE_LIFE,
        )

    def query_authorization_code(self, code: str, client: HubClient) -> _Code | None:
        """Return the code if it is good, and use it up: a wrong verifier has no second try."""
        stored = self.server.store.take_code(code)
        if stored is None or stored.client_id != client.client_id:
            return None
        if stored.used:
            self.server.store.end(stored.session.id)
            raise InvalidGrantError("The code was used before; the session it began has ended.")
        if stored.expires_at <= time.time():
            raise InvalidGrantError("The code is too old.")
        return _Code(stored)

    def delete_authorization_code(self, authorization_code: _Code) -> None:
        """Do nothing: it is used up already, and stays known so that a second use is noticed."""

    def authenticate_user(self, authorization_code: _Code) -> Login | None:
        """Return the person, unless they were disabled in the meantime."""
        session = authorization_code.stored.session
        user = self.server.users.enabled(session.username)
        return Login(user, session) if user else None


class RefreshGrant(RefreshTokenGrant):
    """Refresh tokens that rotate: the reuse of an old one ends the session (RFC 9700 §4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = list(AUTH_METHODS)
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _RefreshToken:
        """Return the token if it is good.

        Raises
        ------
        InvalidGrantError
            Saying why, in RFC 6749's error form.
        """
        stored = self.server.store.refresh_token(refresh_token)
        if stored is None:
            raise InvalidGrantError("The session has ended, or there is no such token.")
        if stored.used:
            self.server.store.end(stored.session.id)
            raise InvalidGrantError("The refresh token was used before; its session has ended.")
        if self.server.users.enabled(stored.session.username) is None:
            raise InvalidGrantError("The user is disabled.")
        return _RefreshToken(stored, refresh_token)

    def authenticate_user(self, refresh_token: _RefreshToken) -> Login | None:
        """Return the person as the users file has them now, so that new groups count."""
        session = refresh_token.stored.session
        user = self.server.users.enabled(session.username)
        return Login(user, session) if user else None

    def revoke_old_credential(self, refresh_token: _RefreshToken) -> None:
        """Use the old token up."""
        self.server.store.use_refresh_token(refresh_token.text)


class RequiredS256(CodeChallenge):
    """PKCE, always and only with S256; Authlib's own lets a confidential client go without."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar[list[str]] = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse a login without an S256 challenge (RFC 7636 §4.4.1)."""
        data = grant.request.payload.data
        if not data.get("code_challenge") or data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("PKCE is required: code_challenge with method S256.")
        super().validate_code_challenge(grant, redirect_uri)


class _IdToken(OpenIDToken):
    """How id tokens are signed, and what they say."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def resolve_client_private_key(self, client: HubClient) -> Any:
        return self._server.keys.signing_key

    def get_encode_header(self, client: HubClient) -> dict[str, str]:
        return dict(self._server.keys.header)

    def get_client_claims(self, client: HubClient) -> dict[str, Any]:
        return {"iss": self._server.config.issuer, "aud": client.client_id}

    def generate_user_info(self, user: Login, scope: str) -> dict[str, Any]:
        life = self._server.config.access_token_life
        return {
            **person_claims(user.user),
            "azp": self._server.client.client_id,
            "typ": "ID",
            "sid": user.session.id,
            # Also after a refresh the time of the login itself (OpenID Connect Core §12.2).
            "auth_time": user.session.auth_time,
            "exp": min(int(time.time()) + life, user.session.expires_at),
        }


class CodeIdToken(_IdToken, OpenIDCode):
    """The id token of a login."""

    def __init__(self, server: Any) -> None:
        _IdToken.__init__(self, server)
        self.require_nonce = False

    def exists_nonce(self, nonce: str, request: Any) -> bool:
        """Return false: nonces are the client's to check, and one request may be sent twice.

        The back button does that.
        """
        return False

    def validate_openid_authorization_request(self, grant: Any, redirect_uri: str) -> None:
        """Refuse what discovery says is not supported (OpenID Connect Core §3.1.2.6, §6)."""
        data = grant.request.payload.data
        if "request" in data:
            raise RequestNotSupportedError
        if "request_uri" in data:
            raise RequestURINotSupportedError
        if data.get("response_mode", "query") != "query":
            raise InvalidRequestError("The only response_mode is query.")
        super().validate_openid_authorization_request(grant, redirect_uri)


class IdTokenOnRefresh(_IdToken):
    """A fresh id token with every refresh, as Keycloak does: some providers exchange that one."""
