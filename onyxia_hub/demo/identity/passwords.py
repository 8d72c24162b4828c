"""Salted password hashes (scrypt, RFC 7914) in one line of text."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from functools import lru_cache

__all__ = ["hash_password", "is_password_hash", "verify_password"]

# 16 MiB and some 50 ms for each guess: enough for a demo, and not too much for a small machine.
_N, _R, _P = 2**14, 8, 1
_LONGEST = 1024


def hash_password(password: str) -> str:
    """Return ``scrypt$N$r$p$salt$hash`` with a fresh salt.

    Raises
    ------
    ValueError
        If the password is empty or longer than 1024 bytes.
    """
    if not 0 < len(password.encode()) <= _LONGEST:
        raise ValueError(f"a password has 1 to {_LONGEST} bytes")
    salt = os.urandom(16)
    digest = _scrypt(password, salt, _N, _R, _P)
    return f"scrypt${_N}${_R}${_P}${_text(salt)}${_text(digest)}"


def is_password_hash(text: str) -> bool:
    """Tell whether the text is a hash that `verify_password` can use."""
    try:
        _parse(text)
    except ValueError:
        return False
    return True


def verify_password(password: str, hashed: str | None) -> bool:
    """Compare a password with its hash, in a time that does not depend on where they differ.

    Parameters
    ----------
    password
        What was typed.
    hashed
        The user's hash; ``None`` for an unknown user, which takes as long and is always false.
    """
    n, r, p, salt, expected = _parse(hashed or _nobody())
    if len(password.encode()) > _LONGEST:
        return False
    same = hmac.compare_digest(_scrypt(password, salt, n, r, p), expected)
    return same and hashed is not None


@lru_cache(maxsize=1)
def _nobody() -> str:
    return hash_password("nobody")


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=2**26, dklen=32)


def _parse(text: str) -> tuple[int, int, int, bytes, bytes]:
    try:
        kind, n, r, p, salt, digest = text.split("$")
        parsed = (
            int(n),
            int(r),
            int(p),
            base64.b64decode(salt, validate=True),
            base64.b64decode(digest, validate=True),
        )
    except (ValueError, binascii.Error) as cause:
        raise ValueError("is not a password hash") from cause
    if kind != "scrypt" or parsed[:3] != (_N, _R, _P) or len(parsed[4]) != 32 or not parsed[3]:
        raise ValueError(f"is not a password hash of the kind scrypt${_N}${_R}${_P}$salt$hash")
    return parsed


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
