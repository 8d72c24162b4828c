"""What the gateway costs: ``make bench-gateway``.

The same program is asked directly, through the gateway, and through jupyter-server-proxy's
standalone proxy, in turns, so that what else the machine does falls on all three. Both proxies are
asked directly, without the hub's proxy. The gateway checks a login with each request; the other one
checks none here.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.bench.gateway_client import Target
from tests.cluster.progress import say
from tests.support.demo import free_port
from tests.support.gateway_hub import GatewayHub

_ROOT = Path(__file__).parents[2]
_PEER = "jupyter-server-proxy[standalone]>=4.4,<5"
_MIB = 1024**2
# It holds a body as a whole, and tornado's client refuses more than 100 MB of one.
_PEERS_MOST = 64 * _MIB
_Case = tuple[str, Callable[[Target], float]]


def main() -> int:
    """Measure, print the table and keep it; a bar that is missed is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gateway", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="measurements of each (7)")
    parser.add_argument("--mib", type=int, default=1024, help="size of large bodies in MiB (1024)")
    parser.add_argument("--only", default="", help="measure only what has this word in its name")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        size = arguments.mib * _MIB
        files = {length: _file(Path(folder), length) for length in {size, min(size, _PEERS_MOST)}}
        targets = _targets(Path(folder), stack)
        figures: dict[str, dict[str, list[float]]] = {}
        for _ in range(arguments.rounds):
            for name, measure in _cases(size, files):
                if arguments.only not in name:
                    continue
                for target in targets:
                    figures.setdefault(name, {}).setdefault(target.name, []).append(measure(target))
    _report(figures, size)
    return 0


def _file(folder: Path, size: int) -> str:
    file = folder / str(size)
    with file.open("wb") as large:
        large.truncate(size)
    return str(file)


def _cases(size: int, files: dict[int, str]) -> list[_Case]:
    def latency(target: Target) -> float:
        return statistics.median(target.latencies(500)) * 1000

    def down(path: str) -> Callable[[Target], float]:
        def rate(target: Target) -> float:
            length = min(size, target.most)
            return target.download(path.format(file=files[length], size=length), length) / 1e6

        return rate

    return [
        ("small request, ms", latency),
        ("download of a file, MB/s", down("file?name={file}")),
        ("generated download, MB/s", down("bytes?n={size}")),
        ("upload, MB/s", lambda t: t.upload("count", files[min(size, t.most)]) / 1e6),
        ("echoes of 128 B, 1/s", lambda t: t.echoes("ws", size=128, seconds=1)),
        ("echoes of 60 kB, 1/s", lambda t: t.echoes("ws", size=60_000, seconds=1)),
    ]


def _targets(folder: Path, stack: ExitStack) -> list[Target]:
    hub = GatewayHub(folder)
    stack.callback(hub.stop)
    hub.start()
    token = hub.person("alice")
    service = hub.launch("alice", "bench", health_path="/knocks")
    peer = stack.enter_context(_standalone(service.program_port))
    return [
        Target(name="direct", port=service.program_port),
        Target(
            name="gateway",
            port=service.port,
            prefix=service.prefix,
            headers={"Authorization": f"token {token}"},
        ),
        Target(name="standaloneproxy", port=peer, prefix="/peer/", most=_PEERS_MOST),
    ]


@contextmanager
def _standalone(program: int) -> Iterator[int]:
    """Run jupyter-server-proxy's standalone proxy, without the hub's login."""
    port = free_port()
    process = subprocess.Popen(
        [
            *(str(_peer() / "bin" / "jupyter-standaloneproxy"), "--no-authentication"),
            *("--address=127.0.0.1", f"--port={port}", "--base-url=/peer"),
            # It starts a command and waits for the port, which is open already.
            *(f"--server-port={program}", "--", "sleep", "100000"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(f"http://127.0.0.1:{port}/peer/knocks")
        yield port
    finally:
        _end(process)


def _peer() -> Path:
    """Return the environment of the other proxy, made if it is not there."""
    folder = _ROOT / ".bench" / "standaloneproxy"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
        pip = (str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet")
        subprocess.run([*pip, _PEER], check=True)
        (folder / "complete").touch()
    return folder


def _wait(url: str) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            if requests.get(url, timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise AssertionError(f"nothing answers at {url}")


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def _report(figures: dict[str, dict[str, list[float]]], size: int) -> None:
    medians = {
        case: {name: statistics.median(found) for name, found in by_target.items()}
        for case, by_target in figures.items()
    }
    say(
        f"Large bodies: {size // _MIB} MiB, {_PEERS_MOST // _MIB} MiB for standaloneproxy, which "
        "takes no larger ones. Medians; in brackets the share of direct."
    )
    say(f"{'':28}{'direct':>12}{'gateway':>20}{'standaloneproxy':>22}")
    for case, found in medians.items():
        direct = found["direct"]
        line = f"{case:28}{direct:12.2f}"
        for name, width in (("gateway", 20), ("standaloneproxy", 22)):
            share = f"{found[name]:.2f} ({found[name] / direct:.2f})"
            line += f"{share:>{width}}"
        say(line)
    if latency := medians.get("small request, ms"):
        say(f"Added to a small request: {latency['gateway'] - latency['direct']:.2f} ms")
    results = _ROOT / "test-results"
    results.mkdir(exist_ok=True)
    (results / "bench-gateway.json").write_text(
        json.dumps({"figures": figures, "medians": medians}, indent=1) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
