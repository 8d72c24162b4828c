"""The peer: standaloneproxy of jupyter-server-proxy, in an environment of its own.

It gets the variables that the hub gave to the gateway, so both ask the same hub who somebody is.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import psutil

from tests.bench.serving import serving
from tests.cluster.progress import step
from tests.support.ports import free_port

__all__ = ["PEER", "peer_program", "running_peer"]

PEER = "jupyter-server-proxy==4.6.0"
"""What is compared with."""

# It wants to start a program itself. The one that is measured runs already, at the port that it
# asks until something answers.
_NO_PROGRAM = ("sleep", "infinity")
_FOLDER = Path(sys.prefix) / "bench-peer"


def peer_program() -> Path:
    """Return the peer's program, after installing it where it is not there."""
    python = _FOLDER / "bin" / "python"
    program = _FOLDER / "bin" / "jupyter-standaloneproxy"
    # Of the same hub's version: the client's cost is part of what is compared.
    wanted = [PEER, f"jupyterhub=={version('jupyterhub')}", f"tornado=={version('tornado')}"]
    stamp = _FOLDER / "installed"
    if stamp.exists() and stamp.read_text() == "\n".join(wanted):
        return program
    with step(f"install {PEER}"):
        subprocess.run([sys.executable, "-m", "venv", "--clear", _FOLDER], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *wanted], check=True)
        stamp.write_text("\n".join(wanted))
    return program


@contextmanager
def running_peer(
    env: Mapping[str, str], *, program_port: int, log: Path
) -> Iterator[tuple[int, psutil.Process]]:
    """Run the peer before a program that runs already.

    Parameters
    ----------
    env
        The environment of the gateway before the same program.
    program_port
        Where the program listens.
    log
        File for what it writes.

    Yields
    ------
    tuple
        Its port and its process.
    """
    port = free_port()
    own = {key: value for key, value in env.items() if not key.startswith("ONYXIA_")}
    options = {"port": port, "address": "127.0.0.1", "server-port": program_port}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with serving(
        [peer_program(), *arguments, "--", *_NO_PROGRAM],
        env={**own, "PATH": os.environ["PATH"]},
        url=f"http://127.0.0.1:{port}{env['JUPYTERHUB_SERVICE_PREFIX']}small",
        log=log,
    ) as process:
        yield port, process
