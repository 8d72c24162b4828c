"""Who asks: the hub is asked what a token may do, and its answer is kept for some seconds."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from onyxia_hub.gateway.hub_facts import HubFacts
from onyxia_hub.gateway.jupyterhub_auth import services_auth

__all__ = ["CACHE_AGE", "GatewayAuth", "HubAway", "LoginRefused", "Person"]

CACHE_AGE = 30.0
"""Seconds an answer of the hub counts: a right that was taken back ends after them."""

_REFRESH_AGE = 20.0  # from here on the hub is asked again while the kept answer still counts
_REFUSED_AGE = 5.0  # a refusal: long enough against floods, short enough after a service is shared
_WITHOUT_HUB = 300.0  # nobody can take a right back at a hub that is away; JupyterHub's own limit
_PAUSE = 2.0  # seconds between tries while the hub is away
_KEPT = 1000  # answers in memory, some hundred bytes each
_TIMEOUT = aiohttp.ClientTimeout(total=10)

_auth: Any = services_auth()


class HubAway(Exception):
    """The hub gave no answer, so nobody can be let in who is not known yet."""


class LoginRefused(Exception):
    """The hub did not take the code that came back from its login page."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose token it is.

    Parameters
    ----------
    name
        User or service at the hub.
    allowed
        Whether they may use this service.
    """

    name: str
    allowed: bool


@dataclass(slots=True)
class _Answer:
    at: float
    person: Person | None

    @property
    def counts_for(self) -> float:
        return CACHE_AGE if self.person and self.person.allowed else _REFUSED_AGE


class GatewayAuth(_auth.HubOAuth):
    """JupyterHub's OAuth client, with lookups that never block the gateway.

    Parameters
    ----------
    facts
        Where the hub is.
    session
        Client for requests to the hub.
    """

    def __init__(self, *, facts: HubFacts, session: aiohttp.ClientSession) -> None:
        super().__init__(
            api_url=facts.api_url,
            api_token=facts.api_token,
            base_url=facts.prefix,
            hub_prefix=f"{facts.base_url.rstrip('/')}/hub/",
            hub_host=facts.public_host,
            oauth_client_id=facts.client_id,
            access_scopes=set(facts.access_scopes),
            allow_token_in_url=False,
            cache_max_age=int(CACHE_AGE),
        )
        self._session = session
        self._answers: dict[str, _Answer] = {}
        self._asking: dict[str, asyncio.Task[Person | None]] = {}
        self._away_since = float("-inf")

    def cookie_secret(self) -> bytes:
        """Return the key that signs cookies.

        It follows from the service's token, so that logins outlive a restart of the gateway. What
        the cookies hold is a token that the hub checks: the signature gives no right.
        """
        return hmac.digest(str(self.api_token).encode(), b"cookies of the gateway", "sha256")

    def set_cookie(self, handler: Any, access_token: str) -> None:
        """Keep a login in the browser.

        Unlike JupyterHub's, this sets no ``_xsrf`` cookie: the program may have one of that name,
        and the gateway tells its own pages by their origin.
        """
        options = {"path": self.cookie_path, "httponly": True}
        if _auth.get_browser_protocol(handler.request) == "https":
            options["secure"] = True
        options.update(self.cookie_options)
        handler.set_signed_cookie(self.cookie_name, access_token, **options)

    async def person(self, token: str, *, session: str = "", fresh: bool = False) -> Person | None:
        """Return whose token it is; None if the hub doesn't know it (any more).

        Parameters
        ----------
        token
            Token of the hub.
        session
            The browser's session at the hub; it ends with a logout.
        fresh
            Ask the hub, whatever is kept.

        Raises
        ------
        HubAway
            If it gives no answer, and its last one is too old.
        """
        key = hashlib.sha256(f"{session}:{token}".encode("utf-8", "replace")).hexdigest()
        kept = self._answers.get(key)
        age = time.monotonic() - kept.at if kept else float("inf")
        if kept and not fresh and age < kept.counts_for:
            if age > _REFRESH_AGE:
                self._ask_once(key, token)
            return kept.person
        try:
            return await asyncio.shield(self._ask_once(key, token))
        except HubAway:
            if kept and kept.person and age < _WITHOUT_HUB:
                return kept.person
            raise

    def _ask_once(self, key: str, token: str) -> asyncio.Task[Person | None]:
        """Ask the hub; requests of one person at one time share the answer."""
        running = self._asking.get(key)
        if running is None:
            running = asyncio.create_task(self._ask(key, token))
            self._asking[key] = running
            running.add_done_callback(lambda task: self._asked(key, task))
        return running

    def _asked(self, key: str, task: asyncio.Task[Person | None]) -> None:
        self._asking.pop(key, None)
        if not task.cancelled():
            # Read here, so that a refresh that nobody waits for leaves no warning.
            task.exception()

    async def _ask(self, key: str, token: str) -> Person | None:
        if time.monotonic() - self._away_since < _PAUSE:
            raise HubAway
        asked_at = time.monotonic()
        model = await self._api_request(
            "GET",
            f"{self.api_url}/user",
            headers={"Authorization": f"token {token}"},
            allow_403=True,
        )
        person = None
        if model is not None:
            allowed = bool(_auth.check_scopes(set(self.access_scopes), set(model["scopes"])))
            person = Person(name=str(model["name"]), allowed=allowed)
        self._keep(key, _Answer(asked_at, person))
        return person

    def _keep(self, key: str, answer: _Answer) -> None:
        self._answers.pop(key, None)
        if len(self._answers) >= _KEPT:
            # The oldest answer: dicts keep the order in which keys came.
            del self._answers[next(iter(self._answers))]
        self._answers[key] = answer

    async def _check_hub_authorization(
        self, url: str, api_token: str, cache_key: str | None = None, use_cache: bool = True
    ) -> Mapping[str, Any] | None:
        """Stand for JupyterHub's own lookup, which its callback handler uses once per login."""
        found: Mapping[str, Any] | None = await self._api_request(
            "GET", url, headers={"Authorization": f"token {api_token}"}, allow_403=True
        )
        return found

    async def _api_request(self, method: str, url: str, /, **kwargs: Any) -> Any:
        """Call the hub's API: JupyterHub's own logs answers whole, and waits without limit."""
        allow_403 = kwargs.pop("allow_403", False)
        headers = {"Authorization": f"token {self.api_token}", **kwargs.pop("headers", {})}
        try:
            async with self._session.request(
                method, url, headers=headers, timeout=_TIMEOUT, allow_redirects=False, **kwargs
            ) as answer:
                if answer.status < 300:
                    return await answer.json()
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as cause:
            self._away_since = time.monotonic()
            raise HubAway from cause
        if status in (401, 403) and allow_403:
            return None
        if 400 <= status < 500 and method == "POST":
            raise LoginRefused
        self._away_since = time.monotonic()
        raise HubAway
