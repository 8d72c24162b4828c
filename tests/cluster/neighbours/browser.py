"""A person's browser at Keycloak's login page, over HTTP alone."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from html import unescape
from http.cookiejar import Cookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.cookies import RequestsCookieJar

from tests.cluster.neighbours.facts import Facts

__all__ = ["KeycloakBrowser"]

_TIMEOUT = 60


class _Cookies(RequestsCookieJar):
    """Keeps cookies as browsers do on loopback, where Keycloak marks them as secure without TLS."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> Any:
        """Keep a cookie, to be sent over plain HTTP too."""
        cookie.secure = False
        return super().set_cookie(cookie, *args, **kwargs)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies = _Cookies()
    return session


@dataclass
class KeycloakBrowser:
    """One browser, with its cookies and the hub's part of the login.

    Parameters
    ----------
    facts
        Keycloak, and the hub's client there.
    """

    facts: Facts
    http: requests.Session = field(default_factory=_session)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize(self, **changes: str) -> requests.Response:
        """Follow the hub's link to Keycloak; a parameter changed to "" is left out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual = {
            "response_type": "code",
            "client_id": self.facts.client_id,
            "redirect_uri": self.facts.redirect_uri,
            "scope": "openid profile email",
            "state": "the-state",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return self.http.get(
            self._url("auth"),
            params={name: value for name, value in {**usual, **changes}.items() if value},
            allow_redirects=False,
            timeout=_TIMEOUT,
        )

    def log_in(self, username: str, password: str | None = None) -> requests.Response:
        """Fill in the login page; the password is the name unless given."""
        page = self.authorize()
        action = re.search(r'<form[^>]*id="kc-form-login"[^>]*action="([^"]+)"', page.text)
        assert action, page.text
        form = {"username": username, "password": username if password is None else password}
        return self.http.post(
            unescape(action[1]), data=form, allow_redirects=False, timeout=_TIMEOUT
        )

    def returned(self, answer: requests.Response) -> dict[str, str]:
        """Return the parameters with which an answer sends the browser back to the hub."""
        assert answer.status_code == 302, answer.text
        location = urlsplit(answer.headers["Location"])
        assert location._replace(query="", fragment="").geturl() == self.facts.redirect_uri
        return {name: value for name, [value] in parse_qs(location.query).items()}

    def tokens(self, username: str) -> dict[str, Any]:
        """Log in and return the token response that the hub would get."""
        code = self.returned(self.log_in(username))["code"]
        answer = self.http.post(
            self._url("token"),
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": self.facts.redirect_uri,
                "code_verifier": self.verifier,
            },
            auth=(self.facts.client_id, self.facts.secret("client_secret_file")),
            timeout=_TIMEOUT,
        )
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def _url(self, endpoint: str) -> str:
        return f"{self.facts.issuer}/protocol/openid-connect/{endpoint}"
