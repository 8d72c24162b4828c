"""``python -m onyxia_hub.demo.identity``: the provider as a process."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from onyxia_hub.demo.identity.app import serve
from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.passwords import hash_password
from onyxia_hub.errors import SettingsError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the provider, or make a password hash.

    Parameters
    ----------
    arguments
        The command line without the program's name.

    Returns
    -------
    int
        The exit code: 1 for a state folder or port that can't be used, 2 for wrong options.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.hash_password:
        return _hash_password()
    if options.state_dir is None or options.port is None or options.issuer is None:
        parser.error("--state-dir, --port and --issuer are needed")
    try:
        config = IdentityConfig(
            issuer=options.issuer,
            state_dir=options.state_dir,
            port=options.port,
            address=options.address,
            client_id=options.client_id,
            redirect_uris=tuple(options.redirect_uri),
            post_logout_uris=tuple(options.post_logout_uri),
            access_token_life=options.access_token_life,
            session_life=options.session_life,
        )
    except ValueError as cause:
        parser.error(str(cause))
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    # At DEBUG Authlib logs the tokens it issues.
    logging.getLogger("authlib").setLevel(logging.INFO)
    try:
        asyncio.run(serve(config))
    except (SettingsError, OSError) as cause:
        sys.stderr.write(f"The identity provider can't start: {cause}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m onyxia_hub.demo.identity",
        description="An OpenID Connect identity provider for trying Onyxia Hub out on one machine.",
    )
    add = parser.add_argument
    add("--state-dir", type=Path, help="folder with keys, users, sessions, the client's secret")
    add("--port", type=int, help="port to listen on")
    add("--issuer", help="public address, for example http://127.0.0.1:8000/auth")
    add("--address", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--client-id", default="onyxia-hub", help="name of the client (default: %(default)s)")
    add(
        "--redirect-uri",
        action="append",
        default=[],
        metavar="URL",
        help="where a login may return to, may be repeated (default: the hub at the same origin)",
    )
    add(
        "--post-logout-uri",
        action="append",
        default=[],
        metavar="URL",
        help="where a logout may return to, may be repeated (default: the hub's login page)",
    )
    add(
        "--access-token-life",
        type=int,
        default=300,
        metavar="SECONDS",
        help="life of access and id tokens (default: %(default)s)",
    )
    add(
        "--session-life",
        type=int,
        default=36_000,
        metavar="SECONDS",
        help="life of a login (default: %(default)s)",
    )
    add("--hash-password", action="store_true", help="print the hash of a password and end")
    return parser


def _hash_password() -> int:
    password = getpass.getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    try:
        sys.stdout.write(hash_password(password) + "\n")
    except ValueError as cause:
        sys.stderr.write(f"{cause}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
