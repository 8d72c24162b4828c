"""A repository behind https, as a forge serves one; its certificate is nobody's."""

from __future__ import annotations

import base64
import functools
import http.server
import os
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        pass


class _Private(_Quiet):
    """Asks for a token, and lets who has it fetch and push (git-http-backend(1))."""

    def __init__(self, *args: object, tokens: list[str], **kwargs: object) -> None:
        self.tokens = tokens
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        kind, _, given = self.headers.get("Authorization", "").partition(" ")
        _, _, password = base64.b64decode(given).decode().partition(":")
        if kind != "Basic" or password not in self.tokens:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="forge"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self._backend()

    def _backend(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            env={
                "PATH": os.environ["PATH"],
                "GIT_PROJECT_ROOT": self.directory,
                "GIT_HTTP_EXPORT_ALL": "1",
                "REMOTE_USER": "somebody",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": address.path,
                "QUERY_STRING": address.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            },
            capture_output=True,
            check=True,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
        self.send_response(int(lines.pop("Status", "200").split()[0]))
        for name, value in {**lines, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def git_server(
    folder: Path, *, address: str, files: dict[str, str], tokens: list[str] | None = None
) -> Iterator[str]:
    """Serve a repository with one commit and yield its address.

    Parameters
    ----------
    folder
        An empty folder to work in.
    address
        Where to listen.
    files
        Text by file name.
    tokens
        Who may read and write: a list that may change while it serves. ``None`` for a repository
        that everybody reads and nobody writes.
    """
    work, bare = folder / "work", folder / "served" / "course.git"
    work.mkdir(parents=True)
    for name, text in files.items():
        (work / name).write_text(text)
    who = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    _run("git", "init", "--quiet", "--initial-branch=main", str(work))
    _run("git", "-C", str(work), "add", ".")
    _run("git", *who, "-C", str(work), "commit", "--quiet", "--message=Start")
    _run("git", "clone", "--quiet", "--bare", str(work), str(bare))
    # What a plain file server needs beside the repository.
    _run("git", "-C", str(bare), "update-server-info")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    _run(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=forge", "-addext", f"subjectAltName=IP:{address}"),
        *("-keyout", str(key), "-out", str(certificate)),
    )
    served = str(folder / "served")
    handler = (
        functools.partial(_Quiet, directory=served)
        if tokens is None
        else functools.partial(_Private, directory=served, tokens=tokens)
    )
    server = http.server.ThreadingHTTPServer((address, 0), handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"https://{address}:{server.server_port}/course.git"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
