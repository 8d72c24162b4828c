"""The web application, and the process around it."""

from __future__ import annotations

import asyncio
import logging
import signal

from tornado.httpserver import HTTPServer
from tornado.web import Application, StaticFileHandler

from onyxia_hub.demo.identity import endpoints, pages
from onyxia_hub.demo.identity.client import HubClient
from onyxia_hub.demo.identity.config import IdentityConfig
from onyxia_hub.demo.identity.files import private_folder, read_or_make_secret
from onyxia_hub.demo.identity.keys import SigningKeys
from onyxia_hub.demo.identity.server import IdentityServer
from onyxia_hub.demo.identity.sessions import SessionStore
from onyxia_hub.demo.identity.users import Users, write_demo_users
from onyxia_hub.demo.identity.web import FOLDER, Context, log_request
from onyxia_hub.language import LanguageOfRequest
from onyxia_hub.ui import STATIC

__all__ = ["make_app", "open_server", "serve"]

_log = logging.getLogger(__name__)

# Nothing here is longer than a form: more is somebody filling the memory.
_LONGEST_BODY = 64 * 1024


class _Assets(StaticFileHandler):
    def set_extra_headers(self, path: str) -> None:
        del path
        self.clear_header("Server")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "max-age=300")


def open_server(config: IdentityConfig) -> IdentityServer:
    """Read the state folder, or make what is missing in it.

    Raises
    ------
    onyxia_hub.errors.SettingsError
        If the users file can't be used.
    OSError
        If the folder can't be written.
    """
    private_folder(config.state_dir)
    if not config.users_file.exists():
        write_demo_users(config.users_file)
    client = HubClient(
        client_id=config.client_id,
        secret=read_or_make_secret(config.client_secret_file),
        redirect_uris=config.redirect_uris,
        post_logout_uris=config.post_logout_uris,
    )
    return IdentityServer(
        config=config,
        keys=SigningKeys.load(config.state_dir),
        users=Users(file=config.users_file),
        store=SessionStore.open(config.sessions_file),
        client=client,
    )


def make_app(server: IdentityServer) -> Application:
    """Return the tornado application of a provider."""
    config = server.config
    base = config.base_path
    return Application(
        [
            (f"{base}/\\.well-known/openid-configuration", endpoints.Discovery),
            (f"{base}/jwks", endpoints.Jwks),
            (f"{base}/token", endpoints.Token),
            (f"{base}/userinfo", endpoints.Userinfo),
            (f"{base}/healthz", endpoints.Health),
            (f"{base}/authorize", pages.AuthorizePage),
            (f"{base}/login", pages.LoginPage),
            (f"{base}/logout", pages.LogoutPage),
            (f"{base}/assets/(logo\\.svg)", _Assets, {"path": STATIC}),
            (f"{base}/assets/(.+)", _Assets, {"path": FOLDER / "assets"}),
        ],
        default_handler_class=pages.NotFoundPage,
        context=Context.make(server),
        log_function=log_request,
        transforms=[LanguageOfRequest],
        # A name of our own: the hub on the same host has a cookie called _xsrf.
        xsrf_cookie_name="onyxia_identity_xsrf",
        xsrf_cookie_kwargs={
            "path": base or "/",
            "httponly": True,
            "samesite": "Lax",
            "secure": config.secure,
        },
    )


async def serve(config: IdentityConfig) -> None:
    """Run the provider until SIGTERM or SIGINT.

    Raises
    ------
    onyxia_hub.errors.SettingsError
        If the users file can't be used.
    OSError
        If the state folder can't be written or the port is taken.
    """
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    server = open_server(config)
    try:
        web = HTTPServer(make_app(server), max_body_size=_LONGEST_BODY)
        web.listen(config.port, config.address)
        _log.info("the identity provider answers for %s", config.issuer)
        await ended.wait()
        web.stop()
        await web.close_all_connections()
    finally:
        server.store.close()
    _log.info("the identity provider has ended")
