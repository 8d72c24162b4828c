"""Start the cluster's processes and end exactly those."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from tests.cluster import paths

__all__ = [
    "alive",
    "end",
    "owned_processes",
    "recorded",
    "start",
    "why_ended",
]


def start(
    name: str, command: Sequence[str], *, environment: Mapping[str, str] | None = None
) -> None:
    """Start a process that outlives this one, and record it.

    Parameters
    ----------
    name
        Name of its log and record.
    command
        Its command line; secrets belong in files it names.
    environment
        Variables on top of a small clean environment.
    """
    for file in (_log(name), _record(name)):
        file.parent.mkdir(parents=True, exist_ok=True)
    with _log(name).open("ab") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            cwd="/",
            env={
                "PATH": f"{os.defpath}:/usr/sbin:/usr/local/sbin:/sbin",
                "HOME": str(paths.state_dir()),
                **(environment or {}),
            },
        )
    record = {"pid": process.pid, "started": _started(process.pid)}
    _record(name).write_text(json.dumps(record))


def recorded() -> dict[str, int | None]:
    """Every process that was started.

    Returns
    -------
    dict[str, int | None]
        Name to process id, or to None if that process has ended.
    """
    found: dict[str, int | None] = {}
    for file in sorted(_records().glob("*.json")):
        record = json.loads(file.read_text())
        # A process id is used again after a while, together with its start time it isn't.
        same = record["started"] is not None and _started(record["pid"]) == record["started"]
        found[file.stem] = record["pid"] if same else None
    return found


def alive(name: str) -> bool:
    """Tell whether a recorded process still runs.

    Parameters
    ----------
    name
        As given to `start`.

    Returns
    -------
    bool
        Whether it does.
    """
    return recorded().get(name) is not None


def why_ended(*names: str) -> str | None:
    """Tell which of some processes ended though they should run.

    Parameters
    ----------
    *names
        As given to `start`.

    Returns
    -------
    str | None
        A sentence with the last lines of its log; None while all run.
    """
    for name in names:
        if not alive(name):
            lines = _log(name).read_text(errors="replace").splitlines()[-8:]
            return "\n".join([f"{name} ended by itself; its last words in {_log(name)}:", *lines])
    return None


def owned_processes() -> dict[int, str]:
    """Every process that belongs to the cluster, whoever started it.

    Returns
    -------
    dict[int, str]
        Process id to a short description: components by their record or program, containerd's shims
        by the socket they were given, processes of containers by their cgroup.
    """
    owned = {pid: name for name, pid in recorded().items() if pid is not None}
    for pid in _pids():
        if pid in owned or _started(pid) is None:
            continue
        try:
            arguments = (
                Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
            )
            groups = Path(f"/proc/{pid}/cgroup").read_text()
        except OSError:
            continue
        if paths.CONTAINERD_SOCKET in arguments or _is_component(arguments):
            owned[pid] = Path(arguments[0]).name
        elif any(
            line.partition(":")[2].partition(":")[2].startswith("/kubepods")
            for line in groups.splitlines()
        ):
            owned[pid] = f"{Path(arguments[0]).name} in a pod"
    return owned


def end(pids: Iterable[int], *, patience: float) -> None:
    """End processes: politely, then for sure.

    Parameters
    ----------
    pids
        Which.
    patience
        Seconds between the polite signal and the other one.
    """
    left = {pid: started for pid in pids if (started := _started(pid)) is not None}
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        for pid in left:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + seconds
        while left and time.monotonic() < deadline:
            left = {pid: started for pid, started in left.items() if _started(pid) == started}
            time.sleep(0.05)


def _is_component(arguments: Sequence[str]) -> bool:
    programs = {str(paths.program("kube")), str(paths.program("kube-router")), "containerd"}
    state = str(paths.state_dir())
    return (
        arguments[0] in programs
        # People and tests run kubectl with the same program and kubeconfig.
        and arguments[1] != "kubectl"
        and any(state in argument for argument in arguments[1:])
    )


def _pids() -> Iterator[int]:
    yield from (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _started(pid: int) -> str | None:
    # Field 22 of /proc/PID/stat, counted after the name, which may hold spaces; a zombie has ended.
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def _records() -> Path:
    return paths.state_dir() / "processes"


def _record(name: str) -> Path:
    return _records() / f"{name}.json"


def _log(name: str) -> Path:
    return paths.state_dir() / "logs" / f"{name}.log"
