"""The administrators' REST token of the demo."""

from __future__ import annotations

import re
import secrets
from pathlib import Path

from onyxia_hub.demo.identity.files import write_private

__all__ = ["keep_api_token", "valid_token"]

# JupyterHub refuses service tokens of fewer than 8 characters (jupyterhub/orm.py, APIToken.new).
_TOKEN = re.compile(r"^[A-Za-z0-9._~+/=-]{8,255}$")


def valid_token(text: str) -> bool:
    """Tell whether a text can be a token: 8 characters or more that go into an HTTP header."""
    return _TOKEN.match(text) is not None


def keep_api_token(file: Path, wanted: str | None) -> bool:
    """Write the token's file, or remove it.

    Parameters
    ----------
    file
        The file, of mode 0600.
    wanted
        The token; empty for the last one, or a new one if there is none; ``None`` for no token.

    Returns
    -------
    bool
        Whether there is a token now.
    """
    if wanted is None:
        file.unlink(missing_ok=True)
        return False
    if not wanted and file.exists() and valid_token(file.read_text(encoding="utf-8").strip()):
        return True
    write_private(file, (wanted or secrets.token_hex(32)) + "\n")
    return True
