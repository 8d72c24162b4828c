"""A program for services: tiny_program.py PORT PREFIX.

Answers 200 at PREFIX/health, and writes its environment to environ.json in its working directory.
Variables say how it misbehaves: TINY_EXIT (ends with this code after writing TINY_SAYS),
TINY_DELAY (seconds before it listens), TINY_DEAF (ignores SIGTERM), TINY_CHILDREN (starts one child
in its own session and one that loses its parent; their numbers are in children.json).
"""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    """Knows one path."""

    def do_GET(self):
        """Answer the health path."""
        found = self.path == f"{sys.argv[2]}health"
        self.send_response(200 if found else 404)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Say nothing."""


def main():
    """Do as the variables say."""
    Path("environ.json").write_text(json.dumps(dict(os.environ)))
    if code := os.environ.get("TINY_EXIT"):
        sys.stderr.write(os.environ.get("TINY_SAYS", ""))
        sys.exit(int(code))
    if "TINY_DEAF" in os.environ:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "TINY_CHILDREN" in os.environ:
        kernel = subprocess.Popen(["sleep", "300"], start_new_session=True)
        orphan = subprocess.run(
            ["sh", "-c", "sleep 300 >/dev/null 2>&1 & echo $!"],
            stdout=subprocess.PIPE,
            check=True,
        )
        Path("children.json").write_text(json.dumps([kernel.pid, int(orphan.stdout)]))
    time.sleep(float(os.environ.get("TINY_DELAY", "0")))
    HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()


if __name__ == "__main__":
    main()
