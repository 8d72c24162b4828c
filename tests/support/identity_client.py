"""The demo's identity provider as a process, and a browser and a client to talk to it."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.support.ports import free_port

CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback"
AFTER_LOGOUT = "http://127.0.0.1:8000/hub/login"


class RunningProvider:
    """One provider; start it again after `kill` or `terminate` and it has the same address.

    Parameters
    ----------
    folder
        Its state.
    options
        More of its command line.
    """

    def __init__(self, folder: Path, *options: str) -> None:
        port = free_port()
        self.folder = folder
        self.issuer = f"http://127.0.0.1:{port}/auth"
        self.log_file = folder.with_name(folder.name + ".log")
        self._command = [
            *(sys.executable, "-W", "error", "-m", "onyxia_hub.demo.identity"),
            *("--state-dir", str(folder), "--port", str(port), "--issuer", self.issuer),
            *("--redirect-uri", CALLBACK, "--post-logout-uri", AFTER_LOGOUT, *options),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self.kill()

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log)
        until = time.monotonic() + 30
        while self._process.poll() is None and time.monotonic() < until:
            try:
                if requests.get(f"{self.issuer}/healthz", timeout=5).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        self.kill()
        raise AssertionError(self.log)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Make it take connections and say nothing, until it is killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def terminate(self) -> int:
        """End it politely and return its exit code."""
        return self._end(signal.SIGTERM)

    @property
    def log(self) -> str:
        """All that it wrote."""
        return self.log_file.read_text(encoding="utf-8")

    @property
    def secret(self) -> str:
        """The client's secret."""
        return (self.folder / "client-secret").read_text(encoding="utf-8").strip()

    def edit_users(self, old: str, new: str) -> None:
        """Replace text in the users file, as an editor does."""
        file = self.folder / "users.yaml"
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def token(self, *, auth: tuple[str, str] | None = None, **form: str) -> requests.Response:
        """Ask the token endpoint, with HTTP Basic unless the form has the secret."""
        if auth is None and "client_secret" not in form:
            auth = ("onyxia-hub", self.secret)
        return requests.post(f"{self.issuer}/token", data=form, auth=auth, timeout=10)

    def exchange(self, code: str, verifier: str, **changes: str) -> requests.Response:
        """Exchange a code."""
        usual = {"redirect_uri": CALLBACK, "code": code, "code_verifier": verifier}
        form = {**usual, **changes}
        return self.token(
            grant_type="authorization_code", **{k: v for k, v in form.items() if v != ""}
        )

    def refresh(self, refresh_token: str) -> requests.Response:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def userinfo(self, access_token: str) -> requests.Response:
        """Ask who somebody is."""
        bearer = {"Authorization": f"Bearer {access_token}"}
        return requests.get(f"{self.issuer}/userinfo", headers=bearer, timeout=10)

    def log_in(self, username: str = "alice", **parameters: str) -> dict[str, Any]:
        """Log in with a browser of its own and return the token response."""
        browser = Browser(self)
        answer = self.exchange(browser.code(username, **parameters), browser.verifier)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens

    def _end(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(20)
        self._process = None
        return code


@dataclass
class Browser:
    """A person's browser, with its cookies."""

    provider: RunningProvider
    http: requests.Session = field(default_factory=requests.Session)
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    def authorize(self, **changes: str) -> requests.Response:
        """Follow the hub's link to the provider; a parameter changed to "" is left out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        usual = {
            "response_type": "code",
            "client_id": "onyxia-hub",
            "redirect_uri": CALLBACK,
            "scope": "openid profile email",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        query = {name: value for name, value in {**usual, **changes}.items() if value != ""}
        return self.http.get(
            f"{self.provider.issuer}/authorize", params=query, allow_redirects=False, timeout=10
        )

    def submit(self, page: requests.Response, **values: str) -> requests.Response:
        """Send the form of a page."""
        action = re.search(r'<form method="post" action="([^"]+)"', page.text)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert action, page.text
        assert xsrf, page.text
        return self.http.post(
            urljoin(page.url, unescape(action[1])),
            data={"_xsrf": xsrf[1], **values},
            allow_redirects=False,
            timeout=10,
        )

    def log_in(
        self, username: str = "alice", password: str | None = None, **parameters: str
    ) -> requests.Response:
        """Fill in the login page; the password is the name unless given."""
        given = username if password is None else password
        return self.submit(self.authorize(**parameters), username=username, password=given)

    def code(self, username: str = "alice", **parameters: str) -> str:
        """Log in and return the code that the hub would get."""
        return returned(self.log_in(username, **parameters))["code"]

    def log_out(self, **query: str) -> requests.Response:
        """Follow the hub's link to log out."""
        return self.http.get(
            f"{self.provider.issuer}/logout", params=query, allow_redirects=False, timeout=10
        )


def returned(answer: requests.Response, to: str = CALLBACK) -> dict[str, str]:
    """Return the parameters with which an answer sends the browser back to the client."""
    assert answer.status_code == 302, answer.text
    location = urlsplit(answer.headers["Location"])
    assert location._replace(query="").geturl() == to
    return {name: value for name, [value] in parse_qs(location.query).items()}


def claims_of(provider: RunningProvider, token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims, checked as a stranger would: by discovery alone."""
    discovery = requests.get(
        f"{provider.issuer}/.well-known/openid-configuration", timeout=10
    ).json()
    keys = KeySet.import_key_set(requests.get(discovery["jwks_uri"], timeout=10).json())
    decoded = jwt.decode(token, keys, discovery["id_token_signing_alg_values_supported"])
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": discovery["issuer"]}, exp={"essential": True}
    ).validate(decoded.claims)
    return decoded.header, decoded.claims


def assert_grant_refused(answer: requests.Response) -> None:
    """See that an answer refuses a code or refresh token in OAuth's own form."""
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_grant"
    assert "access_token" not in answer.json()
