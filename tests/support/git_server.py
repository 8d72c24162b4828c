"""A repository behind https, as a forge serves one; its certificate is nobody's."""

from __future__ import annotations

import functools
import http.server
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        pass


@contextmanager
def git_server(folder: Path, *, address: str, files: dict[str, str]) -> Iterator[str]:
    """Serve a repository with one commit and yield its address.

    Parameters
    ----------
    folder
        An empty folder to work in.
    address
        Where to listen.
    files
        Text by file name.
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
    handler = functools.partial(_Quiet, directory=str(folder / "served"))
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
