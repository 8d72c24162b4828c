"""An OpenID Connect identity provider for trying Onyxia Hub out on one machine.

A correct provider (code flow with PKCE, JWT access tokens, rotating refresh tokens, logout) with a
password page and three demo users. It is not meant for production: its users are a file, and
whoever can read the state folder can sign tokens. Start it with
``python -m onyxia_hub.demo.identity``.
"""

from __future__ import annotations

from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.keys import SigningKeys

__all__ = ["IdentityConfig", "SigningKeys"]
