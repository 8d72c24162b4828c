"""What the identity provider is told at its start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from authlib.common.security import is_secure_transport

__all__ = ["IdentityConfig"]


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityConfig:
    """Settings of one identity provider with one client.

    Parameters
    ----------
    issuer
        Public address of the provider, without trailing slash; its path is where it answers.
    state_dir
        Folder with keys, users, sessions and the client's secret.
    port, address
        Where the process listens.
    client_id
        Name of the one client.
    redirect_uris
        Exact addresses to which a login may return; the hub's own if empty.
    post_logout_uris
        Exact addresses to which a logout may return; the hub's login page if empty.
    audiences
        ``aud`` of access tokens: who exchanges them.
    access_token_life
        Life of access and id tokens, in seconds.
    session_life
        Life of a login and its refresh tokens, in seconds.

    Raises
    ------
    ValueError
        If the issuer or a life can't be used.
    """

    issuer: str
    state_dir: Path
    port: int
    address: str = "127.0.0.1"
    client_id: str = "onyxia-hub"
    redirect_uris: tuple[str, ...] = ()
    post_logout_uris: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ("s3", "vault")
    access_token_life: int = 300
    session_life: int = 36_000

    def __post_init__(self) -> None:
        parts = urlsplit(self.issuer)
        if parts.query or parts.fragment or self.issuer.endswith("/"):
            raise ValueError(
                f"the issuer “{self.issuer}” has a query, a fragment or a trailing slash; "
                "write it like http://127.0.0.1:8000/auth"
            )
        # The same rule as Authlib's own: it refuses every request to another kind of address.
        if not is_secure_transport(self.issuer):
            raise ValueError(
                f"the issuer “{self.issuer}” must be https, or http on this machine (127.0.0.1)"
            )
        if self.access_token_life < 1 or self.session_life < 1:
            raise ValueError("the lives of access tokens and sessions must be 1 second or more")
        # frozen, and the defaults depend on another field
        if not self.redirect_uris:
            object.__setattr__(self, "redirect_uris", (f"{self.origin}/hub/oauth_callback",))
        if not self.post_logout_uris:
            object.__setattr__(self, "post_logout_uris", (f"{self.origin}/hub/login",))

    @property
    def origin(self) -> str:
        """Scheme, host and port of the issuer."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def base_path(self) -> str:
        """Path below which everything answers; empty for the root."""
        return urlsplit(self.issuer).path

    @property
    def secure(self) -> bool:
        """Whether cookies may travel over https only."""
        return self.issuer.startswith("https:")

    @property
    def client_secret_file(self) -> Path:
        """File with the client's secret, for the client to read."""
        return self.state_dir / "client-secret"

    @property
    def users_file(self) -> Path:
        """The users, made with the demo's three if missing."""
        return self.state_dir / "users.yaml"

    @property
    def sessions_file(self) -> Path:
        """The SQLite database of sessions."""
        return self.state_dir / "sessions.sqlite"
