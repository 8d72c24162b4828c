"""The embedded default's identity provider as a process, with lives of a test's choice."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.support.demo import free_port

CALLBACK = "http://127.0.0.1:8000/hub/oauth_callback"


class ProviderProcess:
    """A real OpenID Connect provider.

    Parameters
    ----------
    folder
        Its state.
    access_token_life
        Seconds.
    """

    client_id = "onyxia-hub"

    def __init__(self, folder: Path, *, access_token_life: int = 300) -> None:
        self._folder = folder
        self._port = free_port()
        self._life = access_token_life
        self.issuer = f"http://127.0.0.1:{self._port}/auth"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start it and wait until it answers."""
        self._folder.mkdir(exist_ok=True)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "onyxia_hub.demo.identity"),
                *("--state-dir", str(self._folder), "--port", str(self._port)),
                *("--issuer", self.issuer, "--redirect-uri", CALLBACK),
                *("--access-token-life", str(self._life)),
            ],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(150):
            try:
                if requests.get(f"{self.issuer}/healthz", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                time.sleep(0.1)
        self.stop()
        raise AssertionError("the identity provider does not answer")

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def freeze(self) -> None:
        """Make it accept connections and say nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    @property
    def client_secret(self) -> str:
        """The secret of the hub's client."""
        return (self._folder / "client-secret").read_text().strip()

    def login(self, name: str) -> dict[str, Any]:
        """Log in by the pages, with PKCE, and return the token response."""
        session = requests.Session()
        verifier = secrets.token_urlsafe(32)
        digest = hashlib.sha256(verifier.encode()).digest()
        page = session.get(
            f"{self.issuer}/authorize",
            params={
                "response_type": "code",
                "client_id": self.client_id,
                "redirect_uri": CALLBACK,
                "scope": "openid profile email",
                "state": "state",
                "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
                "code_challenge_method": "S256",
            },
            timeout=10,
        )
        action = re.search(r'action="([^"]+)"', page.text)
        xsrf = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
        assert action is not None, page.text
        assert xsrf is not None, page.text
        done = session.post(
            urljoin(page.url, unescape(action[1])),
            data={"_xsrf": xsrf[1], "username": name, "password": name},
            allow_redirects=False,
            timeout=10,
        )
        while not done.headers["Location"].startswith(CALLBACK):
            done = session.get(
                urljoin(done.url, done.headers["Location"]), allow_redirects=False, timeout=10
            )
        code = parse_qs(urlsplit(done.headers["Location"]).query)["code"][0]
        answer = requests.post(
            f"{self.issuer}/token",
            data={
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": CALLBACK,
                "code_verifier": verifier,
            },
            auth=(self.client_id, self.client_secret),
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()
