"""The password of traefik's API, hashed as traefik's ``basicAuth`` takes it."""

from __future__ import annotations

import base64
import hashlib

__all__ = ["quick_hash"]


def quick_hash(password: str) -> str:
    """Hash a random password for traefik so that comparing it costs next to nothing.

    JupyterHub's class takes bcrypt with 12 rounds, which traefik computes anew for every request:
    0.3 s of a processor for each look at a route, and each launch looks several times. Slow
    hashes are for passwords that can be guessed. This one is random, 256 bits, and as safe behind
    a quick hash: no found collision of SHA-1 helps to find what was hashed.

    Parameters
    ----------
    password
        The password, made at random.

    Returns
    -------
    str
        An htpasswd entry's second half.
    """
    digest = hashlib.sha1(password.encode()).digest()  # noqa: S324  # see above
    return f"{{SHA}}{base64.b64encode(digest).decode()}"
