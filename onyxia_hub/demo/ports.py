"""Inner ports: chosen free at the first start, kept, and chosen anew when somebody took one."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Mapping
from pathlib import Path

from onyxia_hub.demo.identity.files import write_private

__all__ = ["INNER_PORTS", "choose_ports", "is_free"]

#: What listens, apart from the public port.
INNER_PORTS = (
    "idp",
    "hub",
    "traefik_api",
    "openbao",
    "openbao_cluster",
    "seaweedfs_s3",
    "seaweedfs_s3_grpc",
    "seaweedfs_filer",
    "seaweedfs_filer_grpc",
    "seaweedfs_master",
    "seaweedfs_master_grpc",
    "seaweedfs_volume",
    "seaweedfs_volume_grpc",
)

# Below the range from which Linux takes the ports of outgoing connections (32768 and up), so that
# no connection can hold one of ours by chance at the next start.
_FIRST, _LAST = 20_000, 29_999


def is_free(port: int) -> bool:
    """Tell whether a program could listen on a loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As servers do, so that connections of the last run still closing don't count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def choose_ports(
    file: Path | None, *, names: tuple[str, ...] = INNER_PORTS, avoid: int | None = None
) -> dict[str, int]:
    """Return a free port for each name.

    Parameters
    ----------
    file
        Where the last choice is kept and this one is written; ``None`` to keep nothing.
    names
        What needs a port.
    avoid
        The public port, which is never chosen.

    Raises
    ------
    OSError
        If the file can't be written, or the machine has no free port in the range left.
    """
    kept = _read(file) if file is not None else {}
    chosen: dict[str, int] = {}
    for name in names:
        port = kept.get(name)
        taken = {*chosen.values(), avoid}
        if port is None or port in taken or not is_free(port):
            # Not a port that another name is about to get back.
            port = _any_free(besides=taken | set(kept.values()))
        chosen[name] = port
    if file is not None and chosen != kept:
        write_private(file, json.dumps(chosen, indent=1) + "\n")
    return chosen


def _any_free(*, besides: set[int | None]) -> int:
    for port in random.sample(range(_FIRST, _LAST + 1), k=500):
        if port not in besides and is_free(port):
            return port
    raise OSError(f"no free port between {_FIRST} and {_LAST}")


def _read(file: Path) -> Mapping[str, int]:
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(kept, dict):
        return {}
    return {
        name: port
        for name, port in kept.items()
        if name in INNER_PORTS and type(port) is int and 1024 <= port <= 65535
    }
