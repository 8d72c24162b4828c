#!/usr/bin/env python3
"""A stand-in for RStudio Server (rserver and rsession), which can't be installed here.

It is as strict as rserver about what it is started with (flags: rstudio/rstudio,
src/cpp/server/server-options.json; their errors: src/cpp/core/ProgramOptions.cpp) and makes its
addresses as rserver does (src/cpp/core/http/Request.cpp, ``rootPath`` and ``proxiedUri``). It has
no R: of a session it knows the environment, which it gets by running ``--rsession-path`` once.

It needs nothing but Python, so that it can be put anywhere: called ``rsession`` it is that.
"""

from __future__ import annotations

import ipaddress
import json
import os
import pwd
import re
import secrets
import signal
import sqlite3
import subprocess
import sys
import threading
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = ["Refused", "flags_of", "normalised_root", "serve"]

_BOOL, _TEXT, _INT = "bool", "text", "int"
_FLAGS = {
    "server-daemonize": _BOOL,
    "server-user": _TEXT,
    "server-data-dir": _TEXT,
    "server-pid-file": _TEXT,
    "server-working-dir": _TEXT,
    "server-set-umask": _BOOL,
    "secure-cookie-key-file": _TEXT,
    "database-config-file": _TEXT,
    "www-address": _TEXT,
    "www-port": _INT,
    "www-root-path": _TEXT,
    "www-frame-origin": _TEXT,
    "www-same-site": _TEXT,
    "www-verify-user-agent": _BOOL,
    "www-enable-origin-check": _BOOL,
    "www-thread-pool-size": _INT,
    "www-proxy-localhost": _BOOL,
    "auth-none": _BOOL,
    "auth-validate-users": _BOOL,
    "auth-timeout-minutes": _INT,
    "auth-stay-signed-in-days": _INT,
    "auth-encrypt-password": _BOOL,
    "auth-minimum-user-id": _TEXT,
    "rsession-path": _TEXT,
    "rsession-which-r": _TEXT,
    "rsession-ld-library-path": _TEXT,
    "rsession-config-file": _TEXT,
}
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}
_GETENV = re.compile(r'Sys\.getenv\("(\w+)"\)')
# As long as the page's long requests last, in seconds.
_PATIENCE = 50.0


class Refused(Exception):
    """What rserver would write before it ends with exit code 1."""


def flags_of(arguments: list[str]) -> dict[str, str]:
    """Return the flags, each known and of its type."""
    flags: dict[str, str] = {}
    for argument in arguments:
        name, equals, value = argument.removeprefix("--").partition("=")
        if not argument.startswith("--"):
            raise Refused("too many positional options have been specified on the command line")
        if name not in _FLAGS:
            raise Refused(f"unrecognised option '{argument}' on command line")
        if not equals:
            raise Refused(f"the required argument for option '--{name}' is missing on command line")
        wrong = {
            _BOOL: value.lower() not in _TRUE | _FALSE,
            _INT: not value.isdigit(),
            _TEXT: False,
        }
        if wrong[_FLAGS[name]]:
            raise Refused(f"the argument ('{value}') for option '--{name}' is invalid")
        if name in flags:
            raise Refused(f"option '--{name}' cannot be specified more than once on command line")
        flags[name] = value
    return flags


def normalised_root(path: str) -> str:
    """Return a root path as rserver takes it: a slash first and none at the end, but for ``/``."""
    path = f"/{path.removeprefix('/')}"
    return path if path == "/" else path.removesuffix("/")


def _check(flags: dict[str, str]) -> None:
    if flags.get("server-daemonize", "1") not in _FALSE:
        raise Refused("stand-in: a server that puts itself in the background ends its container")
    if flags.get("auth-none", "0") not in _TRUE:
        raise Refused("stand-in: it has no login page, start it with --auth-none=1")
    try:
        ipaddress.ip_address(flags.get("www-address", "0.0.0.0"))
    except ValueError as cause:
        raise Refused(f"Unable to listen on {flags['www-address']}") from cause
    if os.getuid() == 0:
        # Anybody else's rserver does not look at it (ServerOptions.cpp).
        try:
            pwd.getpwnam(flags.get("server-user", "rstudio-server"))
        except KeyError as cause:
            raise Refused(f"Server user {flags.get('server-user')} does not exist") from cause
    session = flags.get("rsession-path", "")
    if not (Path(session).is_absolute() and os.access(session, os.X_OK)):
        raise Refused(f"stand-in: --rsession-path={session} can't be run")


def _open_database(flags: dict[str, str]) -> None:
    file = Path(flags.get("database-config-file", "/etc/rstudio/database.conf"))
    if not file.is_file():
        raise Refused(f"Unable to open config file: {file}")
    lines = [line.partition("=") for line in file.read_text().splitlines() if line.strip()]
    config = {name.strip(): value.strip() for name, _, value in lines}
    if config.get("provider") != "sqlite":
        raise Refused(f"stand-in: it has no database of the kind {config.get('provider')!r}")
    folder = Path(config.get("directory", "/var/lib/rstudio-server"))
    folder.mkdir(parents=True, exist_ok=True)
    with sqlite3.connect(folder / "rstudio.sqlite") as database:
        database.execute("CREATE TABLE IF NOT EXISTS active_session_metadata (session_id TEXT)")


def _cookie_key(flags: dict[str, str]) -> None:
    file = Path(flags.get("secure-cookie-key-file", "/var/lib/rstudio-server/secure-cookie-key"))
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_hex())
    if file.stat().st_mode & 0o077:
        raise Refused(f"{file} can be read by others")


class _Session:
    """An R session as far as the stand-in has one: its environment and its console."""

    def __init__(self, path: str) -> None:
        # rserver gives sessions an environment of their own (src/cpp/server/ServerSessionManager).
        fresh = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
        ran = subprocess.run(
            [path, "--program-mode", "server"], env=fresh, capture_output=True, check=False
        )
        if ran.returncode != 0:
            raise Refused(f"R session ended with exit code {ran.returncode}: {ran.stderr.decode()}")
        self.environment: dict[str, str] = json.loads(ran.stdout)
        self._events: list[dict[str, object]] = []
        self._news = threading.Condition()

    def type_in(self, line: str) -> None:
        found = _GETENV.fullmatch(line)
        text = f'[1] "{self.environment.get(found[1], "")}"' if found else "Error: no R in here"
        with self._news:
            self._events.append({"type": "console_output", "data": {"text": text}})
            self._news.notify_all()

    def events(self) -> list[dict[str, object]]:
        with self._news:
            self._news.wait_for(lambda: self._events, timeout=_PATIENCE)
            events, self._events = self._events, []
        return events


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], *, root: str, session: _Session) -> None:
        super().__init__(address, _Handler)
        self.root, self.session = root, session
        self.csrf = secrets.token_hex()


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if not self._is_for_us():
            return
        if self.path.partition("?")[0] != "/":
            self._answer(404, "text/plain", b"Not found")
        elif "user-id" not in self._cookies():
            cookies = (
                f"user-id=standin; path={self.server.root}; HttpOnly",
                f"rs-csrf-token={self.server.csrf}; path={self.server.root}",
            )
            self._answer(
                302,
                "text/html",
                b"",
                cookies,
                location=f"{self._public()}{self.server.root.rstrip('/')}/",
            )
        else:
            self._answer(200, "text/html", b"<title>RStudio Server (stand-in)</title>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if not self._is_for_us():
            return
        if (
            self.headers.get("X-RS-CSRF-Token") != self.server.csrf
            or self._cookies().get("rs-csrf-token") != self.server.csrf
        ):
            self._answer(403, "text/plain", b"Missing or incorrect token.")
        elif self.path == "/events/get_events":
            self._json(self.server.session.events())
        elif self.path == "/rpc/console_input":
            self.server.session.type_in(json.loads(body)["params"][0])
            self._json(None)
        else:
            self._answer(404, "text/plain", b"Not found")

    def _is_for_us(self) -> bool:
        given = self.headers.get("X-RStudio-Root-Path")
        if given is not None and normalised_root(given) != self.server.root:
            self._answer(400, "text/plain", f"stand-in: root path {given}".encode())
            return False
        return True

    def _public(self) -> str:
        scheme = self.headers.get("X-Forwarded-Proto") or "http"
        host = self.headers.get("X-Forwarded-Host") or self.headers["Host"]
        port = self.headers.get("X-Forwarded-Port")
        if port and self.headers.get("X-Forwarded-Host"):
            host = f"{host.partition(':')[0]}:{port}"
        return f"{scheme}://{host}"

    def _cookies(self) -> dict[str, str]:
        cookies = SimpleCookie(self.headers.get("Cookie", ""))
        return {name: morsel.value for name, morsel in cookies.items()}

    def _json(self, result: object) -> None:
        self._answer(200, "application/json", json.dumps({"result": result}).encode())

    def _answer(
        self,
        status: int,
        kind: str,
        body: bytes,
        cookies: tuple[str, ...] = (),
        location: str = "",
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for cookie in cookies:
            self.send_header("Set-Cookie", cookie)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        pass


def serve(arguments: list[str]) -> None:
    """Do what the flags say until SIGTERM.

    Raises
    ------
    Refused
        If rserver would not start with them.
    """
    flags = flags_of(arguments)
    _check(flags)
    Path(flags.get("server-data-dir", "/var/run/rstudio-server")).mkdir(parents=True, exist_ok=True)
    _open_database(flags)
    _cookie_key(flags)
    root = normalised_root(flags.get("www-root-path", "/"))
    session = _Session(flags["rsession-path"])
    address = (flags["www-address"], int(flags["www-port"]))
    server = _Server(address, root=root, session=session)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever(poll_interval=0.1)


def main() -> None:
    """Be rserver, or rsession if called so."""
    if Path(sys.argv[0]).name == "rsession":
        sys.stdout.write(json.dumps(dict(os.environ)))
        return
    try:
        serve(sys.argv[1:])
    except Refused as refused:
        sys.exit(str(refused))


if __name__ == "__main__":
    main()
