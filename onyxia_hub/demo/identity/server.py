"""Authlib's authorization server over tornado's requests."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import (
    AuthorizationServer,
    InvalidClientError,
    InvalidRequestError,
    OAuth2Payload,
    OAuth2Request,
)
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.rpinitiated import EndSessionEndpoint

from onyxia_hub.demo.identity.client import HubClient
from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.grants import (
    CodeGrant,
    CodeIdToken,
    IdTokenOnRefresh,
    RefreshGrant,
    RequiredS256,
)
from onyxia_hub.demo.identity.keys import ALGORITHM, SigningKeys
from onyxia_hub.demo.identity.sessions import SessionStore
from onyxia_hub.demo.identity.tokens import AccessTokens, Login
from onyxia_hub.demo.identity.users import Users

__all__ = ["IdentityServer", "Incoming", "Outgoing"]


class Incoming(Protocol):
    """What the authorization server needs of a web request."""

    @property
    def method(self) -> str:
        """HTTP method."""

    @property
    def path(self) -> str:
        """Path below the origin."""

    @property
    def headers(self) -> Mapping[str, str]:
        """HTTP headers."""

    @property
    def parameters(self) -> Mapping[str, Sequence[str]]:
        """Protocol parameters: of the query or of the body, as the endpoint has it."""


@dataclass(slots=True)
class Outgoing:
    """An answer, for tornado to send."""

    status: int
    body: str = field(repr=False)
    headers: dict[str, str] = field(repr=False)

    @property
    def location(self) -> str | None:
        """Where the answer redirects to."""
        return self.headers.get("Location")

    @location.setter
    def location(self, value: str) -> None:
        self.headers["Location"] = value


class _Payload(OAuth2Payload):
    def __init__(self, parameters: Mapping[str, Sequence[str]]) -> None:
        self._data = {name: values[-1] for name, values in parameters.items() if values}
        self._lists = {name: list(values) for name, values in parameters.items()}

    @property
    def data(self) -> dict[str, str]:
        return self._data

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class _Request(OAuth2Request):
    def __init__(self, incoming: Incoming, *, origin: str) -> None:
        # The public address, not the inner one: Authlib checks that it is safe to send secrets to.
        super().__init__(incoming.method, origin + incoming.path, headers=incoming.headers)
        self.payload = _Payload(incoming.parameters)

    @property
    def args(self) -> dict[str, str]:
        return self.payload.data

    @property
    def form(self) -> dict[str, str]:
        return self.payload.data


class _Issuer(IssuerParameter):
    """Names the issuer in every answer to a login, against mix-up attacks (RFC 9207)."""

    def __init__(self, server: IdentityServer) -> None:
        self._issuer = server.config.issuer
        super().__call__(server)

    def get_issuer(self) -> str:
        return self._issuer


class _EndSession(EndSessionEndpoint):
    """Logout at the request of the client (OpenID Connect RP-Initiated Logout 1.0)."""

    def get_server_jwks(self) -> Any:
        return self.server.keys.public()

    def get_algorithms(self) -> list[str]:
        return [ALGORITHM]

    def is_post_logout_redirect_uri_legitimate(self, *_: object) -> bool:
        # Registered addresses of our own client: no id_token_hint is needed to trust them.
        return True

    def end_session(self, end_session_request: Any) -> None:
        """Do nothing: the handler knows the browser's cookie and has ended the session."""


class IdentityServer(AuthorizationServer):
    """The protocol side of the provider; knows no web framework but for `Incoming`.

    Parameters
    ----------
    config
        Issuer and lives.
    keys
        What signs.
    users
        Who may log in.
    store
        Sessions, codes, refresh tokens.
    client
        The hub.
    """

    def __init__(
        self,
        *,
        config: IdentityConfig,
        keys: SigningKeys,
        users: Users,
        store: SessionStore,
        client: HubClient,
    ) -> None:
        super().__init__()
        self.config = config
        self.keys = keys
        self.users = users
        self.store = store
        self.client = client
        self.access_tokens = AccessTokens(config=config, keys=keys)
        self.register_token_generator("default", self._make_token)
        self.register_grant(CodeGrant, [RequiredS256(required=True), CodeIdToken(self)])
        self.register_grant(RefreshGrant, [IdTokenOnRefresh(self)])
        self.register_endpoint(_EndSession)
        self.register_extension(_Issuer)

    def query_client(self, client_id: str) -> HubClient | None:
        """Return the client of that name."""
        return self.client if client_id == self.client.client_id else None

    def save_token(self, token: Mapping[str, Any], request: Any) -> None:
        """Keep the refresh token; access tokens are checked by their signature and session."""
        login: Login = request.user
        old = request.refresh_token
        self.store.save_refresh_token(
            token["refresh_token"],
            session=login.session,
            client_id=request.client.client_id,
            # A refresh may ask for less, but not lose scopes for ever (RFC 6749 §6).
            scope=old.get_scope() if old else token.get("scope", ""),
        )

    def token(self, incoming: Incoming) -> Outgoing:
        """Answer at the token endpoint; all it changes is changed together."""
        try:
            repeated = [name for name, values in incoming.parameters.items() if len(values) > 1]
            if repeated:
                raise InvalidRequestError("A parameter is there more than once.")
            with self.store.transaction():
                answer = self.create_token_response(incoming)
        except OAuth2Error as error:
            answer = self.handle_error_response(None, error)
        except UnicodeDecodeError:
            # Authlib reads HTTP Basic as UTF-8 and lets this through; nothing has happened yet.
            answer = self.handle_error_response(None, InvalidClientError(status_code=401))
        assert isinstance(answer, Outgoing)  # noqa: S101  # made by handle_response
        return answer

    def authorization_error(self, error: OAuth2Error) -> Outgoing:
        """Return the redirect that tells the client of an error."""
        answer = self.handle_response(*error())
        if answer.location:
            answer.location = add_params_to_uri(answer.location, {"iss": self.config.issuer})
        return answer

    def create_oauth2_request(self, request: Incoming) -> _Request:
        """Return the request as Authlib wants it."""
        return _Request(request, origin=self.config.origin)

    def handle_response(
        self, status: int, body: object, headers: Sequence[tuple[str, str]]
    ) -> Outgoing:
        """Return the answer for tornado to send."""
        text = body if isinstance(body, str) else json.dumps(body)
        return Outgoing(status, text, dict(headers))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Do nothing: nobody listens."""

    def _make_token(
        self,
        *,
        grant_type: str,
        client: HubClient,
        user: Login,
        scope: str,
        expires_in: int | None,
        include_refresh_token: bool,
    ) -> dict[str, Any]:
        del grant_type, expires_in, include_refresh_token  # the same for both grants here
        granted = client.get_allowed_scope(scope)
        access_token, life = self.access_tokens.issue(
            user, client_id=client.client_id, scope=granted
        )
        return {
            "token_type": "Bearer",
            "access_token": access_token,
            "expires_in": life,
            "refresh_token": secrets.token_urlsafe(32),
            "scope": granted,
        }
