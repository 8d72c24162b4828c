"""The gateway beside the program itself and standaloneproxy: ``make bench-gateway``.

One program runs; it is asked directly, through a gateway and through jupyter-server-proxy's
standaloneproxy. Gateway and peer check the same token at the same hub. The three take turns, so
what else the machine does falls on all; only their ratios mean anything.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import requests

from tests.bench import gateway_program
from tests.bench.gateway_cases import MIB, Side, cases
from tests.bench.gateway_peer import PEER, peer_program, running_peer
from tests.bench.gateway_report import DIRECT, GATEWAY, report
from tests.bench.turns import in_turns
from tests.cluster.progress import say
from tests.support.gateway_hub import GatewayHub

_PEER = "standaloneproxy"
_USER, _SERVICE = "alice", "bench"


def main() -> int:
    """Measure, print the table and keep it; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each side (7)")
    parser.add_argument("--size", type=int, default=1024, help="MiB of a large body (1024)")
    parser.add_argument("--without-peer", action="store_true", help="leave standaloneproxy out")
    parser.add_argument("--only", default="", help="cases whose name holds this text")
    arguments = parser.parse_args()
    chosen = [case for case in cases(arguments.size * MIB) if arguments.only in case.name]
    if not chosen:
        parser.error(f"no case's name holds {arguments.only!r}")
    # So that a run that is ended cleans up too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with (
            tempfile.TemporaryDirectory(prefix="bench-gateway-") as folder,
            _running(Path(folder), arguments) as (sides, processes),
        ):
            found = [(case, in_turns(case, sides, arguments.rounds)) for case in chosen]
            report(found, peaks={name: _peak(each) for name, each in processes.items()})
    except KeyboardInterrupt:
        say("Ended before the end; nothing is left behind.")
        return 130
    return 0


@contextmanager
def _running(
    folder: Path, arguments: argparse.Namespace
) -> Iterator[tuple[list[Side], dict[str, psutil.Process]]]:
    """Run hub, gateway, program and peer."""
    file = folder / "large.tar"
    with file.open("wb") as large:
        for _ in range(arguments.size):
            large.write(os.urandom(MIB))
    if not arguments.without_peer:
        peer_program()
    hub = GatewayHub(folder)
    with ExitStack() as stack:
        stack.callback(hub.stop)
        hub.start()
        headers = {"Authorization": f"token {hub.person(_USER)}"}
        # -P: modules of the program's folder have names of the standard library's.
        command = (sys.executable, "-P", gateway_program.__file__, "{port}", str(file))
        service = hub.launch(_USER, _SERVICE, command=command)
        prefix = service.prefix.rstrip("/")
        hub.until(
            lambda: requests.get(f"{service.direct}small", headers=headers, timeout=10).ok,
            seconds=30,
        )
        sides = [
            Side(name=DIRECT, port=service.program_port, prefix="", headers={}),
            Side(name=GATEWAY, port=service.port, prefix=prefix, headers=headers),
        ]
        processes = {GATEWAY: service.gateway}
        login = "the gateway checks a token at a JupyterHub"
        if not arguments.without_peer:
            port, process = stack.enter_context(
                running_peer(
                    service.gateway.environ(),
                    program_port=service.program_port,
                    log=folder / "peer.log",
                )
            )
            sides.append(Side(name=_PEER, port=port, prefix=prefix, headers=headers))
            processes[_PEER] = process
            login += f"; so does {_PEER} ({PEER}), at the same one"
        say(f"One program, over loopback; {login}.")
        yield sides, processes


def _peak(process: psutil.Process) -> float:
    """Return the most memory that a process has had, in bytes (``VmHWM``, proc(5))."""
    for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024.0
    raise ValueError("The kernel does not tell a process's peak.")


if __name__ == "__main__":
    sys.exit(main())
