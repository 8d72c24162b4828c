"""OIDC login that keeps, refreshes and never loses the tokens behind it.

GenericOAuthenticator does the login. This subclass adds what it lacks (traps T1 to T6 in
docs/design.md): endpoints by discovery, one refresh at a time for each user, a refresh before the
access token ends, and staying up while the provider is away.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from jupyterhub.user import User
from jupyterhub.utils import maybe_future
from oauthenticator.generic import GenericOAuthenticator
from tornado.httpclient import HTTPClientError
from tornado.simple_httpclient import HTTPTimeoutError
from tornado.web import HTTPError
from traitlets import Float, List, Unicode, default

from onyxia_hub.errors import (
    IdentityProviderAway,
    LoginError,
    LoginExpired,
    LoginNotConfigured,
    LoginRefused,
)
from onyxia_hub.language import Said
from onyxia_hub.login import CallbackHandler, LoginHandler, LogoutHandler
from onyxia_hub.oidc import BadDiscovery, Discovery, Endpoints, life_of
from onyxia_hub.stored_logins import StoredLogins

__all__ = ["OnyxiaAuthenticator"]

_CLIENT_ERRORS = {"invalid_client", "unauthorized_client"}
# The one error that says something about the login itself (RFC 6749 §5.2).
_LOGIN_ERROR = "invalid_grant"


class OnyxiaAuthenticator(GenericOAuthenticator):
    """Login at the organisation's OpenID Connect provider."""

    login_handler = LoginHandler
    callback_handler = CallbackHandler
    logout_handler = LogoutHandler

    issuer = Unicode(
        config=True,
        help="Issuer of the OpenID Connect provider, without trailing slash. Endpoints that are "
        "not set one by one (authorize_url, token_url, userdata_url) come from its discovery "
        "document.",
    )
    refresh_margin = Float(
        60,
        config=True,
        help="Refresh a login whose access token ends within this many seconds. Never more than "
        "half of the token's life, so that short tokens are not refreshed at every request.",
    )
    provider_timeout = Float(
        10, config=True, help="Longest wait for one answer of the provider, in seconds."
    )
    exchanged_tokens = List(
        Unicode(),
        default_value=["access_token"],
        config=True,
        help="Tokens of the login (access_token, id_token) that are exchanged for credentials and "
        "must therefore not be near their end.",
    )
    post_logout_url = Unicode(
        config=True,
        help="Where the provider sends the browser after logout; it must be registered there.",
    )

    @default("http_request_kwargs")
    def _default_http_request_kwargs(self) -> dict[str, Any]:
        return {
            "connect_timeout": self.provider_timeout,
            "request_timeout": self.provider_timeout,
        }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._discovery = Discovery(issuer=self.issuer, fetch=self._fetch_discovery)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._refreshed_at: dict[str, float] = {}
        self._logins = StoredLogins()
        self._away = False

    @property
    def provider_is_away(self) -> bool:
        """Whether the provider failed to answer the last time it was asked."""
        return self._away

    @property
    def endpoints(self) -> Endpoints | None:
        """The discovered endpoints, if any were needed yet."""
        return self._discovery.found

    async def discover(self) -> None:
        """Fill in the endpoints that the configuration leaves open.

        Raises
        ------
        IdentityProviderAway
            If the provider can't be asked or answers garbage.
        """
        if self.authorize_url and self.token_url and self.userdata_url:
            return
        try:
            endpoints = await self._discovery.endpoints()
        except BadDiscovery as cause:
            raise self._is_away(cause.args[0]) from cause
        found = {
            "authorize_url": endpoints.authorization,
            "token_url": endpoints.token,
            "userdata_url": endpoints.userinfo,
        }
        for trait, address in found.items():
            if not getattr(self, trait):
                setattr(self, trait, address)

    async def httpfetch(
        self,
        url: str,
        label: str = "fetching",
        parse_json: bool = True,
        raise_error: bool = True,
        **kwargs: Any,
    ) -> Any:
        """Fetch from the provider; every way in which it can be away is one exception.

        Raises
        ------
        IdentityProviderAway
            If there is no answer, a 5xx, or no JSON where JSON is due.
        tornado.httpclient.HTTPClientError
            For a 4xx, which says something about the request.
        """
        try:
            answer = await super().httpfetch(url, label, parse_json, raise_error, **kwargs)
        except HTTPClientError as cause:
            # Tornado's own code for a timeout or a broken connection is 599.
            if cause.code >= 500:
                raise self._is_away(_why(cause)) from None
            self._away = False
            raise
        except OSError as cause:
            raise self._is_away(_short(cause.strerror or "") or Said("no connection")) from None
        except ValueError:
            raise self._is_away(Said("its answer is not JSON")) from None
        self._away = False
        return answer

    async def get_token_info(self, handler: Any, params: dict[str, Any]) -> dict[str, Any]:
        """Ask the token endpoint; no answer of it, good or bad, ends up in an exception's text.

        Raises
        ------
        LoginError
            One subclass per cause.
        """
        await self.discover()
        try:
            answer = await super().get_token_info(handler, params)
        except HTTPClientError as cause:
            code = _oauth_error(cause)
            if code in _CLIENT_ERRORS:
                raise LoginNotConfigured(issuer=self.issuer, detail=code) from None
            if code == _LOGIN_ERROR:
                raise LoginRefused(detail=code) from None
            # A rate limit or a proxy's 404 must not throw anybody out.
            raise self._is_away(Said("its token endpoint says {code}", code=code)) from None
        except LoginError:
            raise
        except HTTPError:
            raise self._is_away(Said("its token answer holds no access token")) from None
        if not isinstance(answer, dict):
            raise self._is_away(Said("its token answer is not a JSON object"))
        # Required by RFC 6749 §5.1, and there is one value in use.
        answer.setdefault("token_type", "Bearer")
        return answer

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """Ask who the user is; an answer without a name in it is no answer.

        Raises
        ------
        LoginRefused
            If the provider does not accept the access token.
        IdentityProviderAway
            If the answer is not what userinfo must be.
        """
        try:
            info = await super().token_to_user(token_info)
        except HTTPClientError as cause:
            if cause.code in {401, 403}:
                raise LoginRefused(detail=Said("the access token is not accepted")) from None
            raise self._is_away(
                Said("its userinfo endpoint says HTTP {code}", code=cause.code)
            ) from None
        claim = self.username_claim
        if not isinstance(info, dict):
            raise self._is_away(Said("its userinfo answer is not a JSON object"))
        if isinstance(claim, str) and not (isinstance(info.get(claim), str) and info[claim]):
            raise self._is_away(Said("its userinfo answer has no {claim}", claim=claim))
        return info

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """Return the user's groups.

        Raises
        ------
        IdentityProviderAway
            If the claim is a bare text, which would be taken for a list of its letters.
        """
        value: Any = auth_state
        if isinstance(self.auth_state_groups_key, str):
            for key in self.auth_state_groups_key.split("."):
                value = value.get(key) if isinstance(value, dict) else None
            if isinstance(value, str):
                raise self._is_away(Said("its claim with the groups is not a list"))
        groups = await maybe_future(super().get_user_groups(auth_state))
        return {str(group) for group in groups}

    def build_auth_state_dict(
        self, token_info: dict[str, Any], user_info: dict[str, Any]
    ) -> dict[str, Any]:
        """Add when the tokens came, which tells when an opaque one ends."""
        # `token_info` itself is stored and comes back on refresh: the first stamp stays.
        token_info.setdefault("obtained_at", time.time())
        return super().build_auth_state_dict(token_info, user_info)  # type: ignore[no-any-return]  # untyped base

    async def refresh_user(
        self, user: User, handler: Any = None, **kwargs: Any
    ) -> bool | dict[str, Any]:
        """Bring a user's login up to date, one request at a time for each user.

        With rotating refresh tokens a second refresh at the same time would spend a token that is
        spent already, and the provider would end the session.

        Returns
        -------
        bool or dict
            ``True`` if there is nothing to change (also while the provider is away or does not
            accept the hub: nobody is thrown out for that), ``False`` if the user must log in again,
            else the new auth model. Its tokens are stored before the lock is given up, and left
            out of the model.
        """
        if not self.enable_auth_state:
            return True
        if handler is not None and not hasattr(handler, "_token_authenticated"):
            # JupyterHub 6.1.1 sets it for requests with a token only, and then reads it for all
            # requests whose refresh fails (handlers/base.py, refresh_auth): a 500 without this.
            handler._token_authenticated = False  # noqa: SLF001  # its fault
        asked_at = time.monotonic()
        async with self._one_at_a_time(user.name):
            if self._refreshed_at.get(user.name, 0.0) > asked_at:
                return True
            try:
                return await self._refresh_alone(user)
            except (IdentityProviderAway, LoginNotConfigured) as cause:
                self.log.warning("Keeping the login of %s as it is: %s", user.name, cause)
                return True

    async def renewed_auth_state(self, user: User) -> dict[str, Any] | None:
        """Return a user's auth_state with tokens that are good for an exchange.

        A launch asks here, and not through ``refresh_pre_spawn``: that one is waited for before
        JupyterHub knows that a service is starting, so its page would say that nothing runs.

        Returns
        -------
        dict or None
            ``None`` if the user never logged in.

        Raises
        ------
        LoginExpired
            If the user must log in again.
        """
        if await user.get_auth_state() is None:
            return None
        if await self.refresh_user(user) is False:
            raise LoginExpired
        return await user.get_auth_state()  # type: ignore[no-any-return]  # untyped JupyterHub

    async def _refresh_alone(self, user: User) -> bool | dict[str, Any]:
        auth_state = await self._logins.of(user)
        if self.refresh_user_hook is not None:
            decided = await self._call_refresh_user_hook(user, auth_state)
            if decided is not None:
                return decided  # type: ignore[no-any-return]  # the site's hook is untyped
        model = await self._current_model(user, auth_state) if auth_state else None
        if model is None:
            return False
        await self._logins.save(user, model.pop("auth_state"))
        self._refreshed_at[user.name] = time.monotonic()
        return model

    async def _current_model(self, user: User, auth_state: dict[str, Any]) -> dict[str, Any] | None:
        """Return the auth model of the tokens, refreshed if need be; ``None`` for a dead login."""
        await self.discover()
        model = None
        if not self._near_its_end(auth_state):
            try:
                model = await self._token_to_auth_model(auth_state["token_response"])
            except LoginRefused:
                self.log.info("The access token of %s is no longer accepted", user.name)
        if model is None:
            model = await self._refreshed_model(user, auth_state)
        if model is None or model["name"] != user.name:
            return None
        # JupyterHub checks this at login only: leaving an allowed group must count here too.
        return model if await self.check_allowed(user.name, model) else None

    async def _refreshed_model(
        self, user: User, auth_state: dict[str, Any]
    ) -> dict[str, Any] | None:
        refresh_token = auth_state.get("refresh_token")
        if not refresh_token:
            return None
        params = self.build_refresh_token_request_params(refresh_token)
        try:
            token_info = await self.get_token_info(None, params)
            # RFC 6749 §6 lets the provider leave out what stays the same.
            for kind in ("refresh_token", "id_token"):
                token_info.setdefault(kind, auth_state.get(kind))
            try:
                return await self._token_to_auth_model(token_info)  # type: ignore[no-any-return]  # untyped base
            except (IdentityProviderAway, asyncio.CancelledError):
                # The old refresh token is spent: without the new one the login would be lost.
                user_info = auth_state.get(self.user_auth_state_key) or {}
                await self._logins.save(user, self.build_auth_state_dict(token_info, user_info))
                raise
        except LoginRefused as cause:
            self.log.info("The login of %s can't be refreshed: %s", user.name, cause)
            return None

    def _near_its_end(self, auth_state: dict[str, Any]) -> bool:
        response = auth_state.get("token_response") or {}
        obtained_at = float(response.get("obtained_at", 0.0))
        for kind in self.exchanged_tokens:
            end, life = life_of(
                auth_state.get(kind),
                obtained_at=obtained_at,
                expires_in=response.get("expires_in"),
            )
            if end - time.time() < min(self.refresh_margin, life / 2):
                return True
        return False

    @asynccontextmanager
    async def _one_at_a_time(self, username: str) -> AsyncIterator[None]:
        # A weak dictionary forgets the lock once nobody waits for it.
        lock = self._locks.setdefault(username, asyncio.Lock())
        async with lock:
            yield

    async def _fetch_discovery(self, url: str) -> Any:
        try:
            return await self.httpfetch(url, label="Fetching the discovery document")
        except HTTPClientError as cause:
            raise self._is_away(
                Said("no discovery document, HTTP {code}", code=cause.code)
            ) from None

    def _is_away(self, detail: str) -> IdentityProviderAway:
        self._away = True
        return IdentityProviderAway(issuer=self.issuer, detail=detail)


def _why(cause: HTTPClientError) -> str:
    if isinstance(cause, HTTPTimeoutError):
        return Said("no answer in time")
    return f"HTTP {cause.code}" if cause.code != 599 else Said("the connection broke")


def _oauth_error(cause: HTTPClientError) -> str:
    """Return the error code of RFC 6749 §5.2, a fixed word, never the free text beside it."""
    try:
        code = json.loads(cause.response.body)["error"]  # type: ignore[union-attr]  # caught below
    except (AttributeError, KeyError, TypeError, ValueError):
        return f"HTTP {cause.code}"
    return _short(str(code))


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
