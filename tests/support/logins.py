"""Logins that no identity provider gave, and what must never be told of them."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from onyxia_hub.credentials.base import Identity


def unsigned(claims: Mapping[str, Any]) -> str:
    """Return a token that looks like a JWT and is signed by nobody."""

    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2lnbmF0dXJlLW9mLW5vYm9keS1hdC1hbGw"


def token_of(username: str = "alice", **claims: Any) -> str:
    """Return an unsigned token with five minutes to live."""
    now = int(time.time())
    usual = {
        "iss": "https://login.example.org",
        "sub": username,
        "aud": ["s3", "vault"],
        "iat": now,
        "exp": now + 300,
    }
    return unsigned({**usual, **claims})


def login_of(
    username: str = "alice",
    *,
    token: str | None = None,
    claims: Mapping[str, Any] | None = None,
    **token_claims: Any,
) -> Identity:
    """Return an identity with an access token."""
    text = token_of(username, **token_claims) if token is None else token
    return Identity(
        username=username,
        groups=("stats",),
        claims={"preferred_username": username, **(claims or {})},
        tokens={"access_token": text},
    )


def texts_of(error: BaseException | None) -> Iterator[str]:
    """Yield everything that printing an exception could show, its causes included."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        yield from (str(one), repr(one), repr(one.args), repr(vars(one)))
        waiting += [one.__cause__, one.__context__]
