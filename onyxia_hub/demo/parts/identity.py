"""The identity provider as a part."""

from __future__ import annotations

import sys
from pathlib import Path

from onyxia_hub.demo.parts.part import Part
from onyxia_hub.demo.probe import ask, until
from onyxia_hub.demo.programs import clean_environment

__all__ = ["CLIENT_ID", "client_secret_file", "identity_part", "jwks_url"]

#: The hub's client at the provider.
CLIENT_ID = "onyxia-hub"


def client_secret_file(folder: Path) -> Path:
    """Return the file in which the provider puts the client's secret."""
    return folder / "client-secret"


def jwks_url(*, port: int, path: str) -> str:
    """Return where servers of this machine get the provider's keys, without the proxy in between.

    Parameters
    ----------
    port
        The provider's inner port.
    path
        Path of the issuer.
    """
    return f"http://127.0.0.1:{port}{path}/jwks"


def identity_part(
    *, folder: Path, log: Path, port: int, issuer: str, path: str, public_url: str
) -> Part:
    """Describe the identity provider.

    Parameters
    ----------
    folder
        Its state.
    log
        Its log file.
    port
        Inner port.
    issuer
        Its public address.
    path
        Path of the issuer.
    public_url
        The hub's address, to which logins and logouts return.
    """

    async def answers() -> bool:
        document = await ask(f"http://127.0.0.1:{port}{path}/.well-known/openid-configuration")
        keys = await ask(jwks_url(port=port, path=path))
        return document.status == keys.status == 200 and client_secret_file(folder).exists()

    return Part(
        name="idp",
        label="Identity provider",
        command=(
            *(sys.executable, "-m", "onyxia_hub.demo.identity"),
            *("--state-dir", str(folder)),
            *("--port", str(port)),
            *("--issuer", issuer),
            *("--redirect-uri", f"{public_url}/hub/oauth_callback"),
            *("--post-logout-uri", f"{public_url}/hub/login"),
        ),
        cwd=folder,
        log=log,
        env=clean_environment(),
        ready=lambda: until(answers),
        ready_timeout=30,
    )
