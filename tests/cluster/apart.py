"""A place of its own on this machine, where a second cluster fits beside one that is in use."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.cluster import paths
from tests.cluster.trouble import ClusterTrouble

__all__ = ["Apart"]

CGROUPS = Path("/sys/fs/cgroup")

# What the kubelet and others write to has to be another folder than the first cluster's, without
# its mounts, and the control groups those of this place only: their root is where this process
# was when it got its namespace.
SET_UP = """
set -e
ip link set lo up
cut -d ' ' -f 5 /proc/self/mountinfo | grep -E "^(/run|/var/lib|/var/log|$1)/" | sort -r |
  xargs --no-run-if-empty umount --lazy
for folder in /run /var/lib /var/log; do mount -t tmpfs none $folder; done
names=$(ls /sys/fs/cgroup)
umount --recursive --lazy /sys/fs/cgroup
mount -t tmpfs none /sys/fs/cgroup
for name in $names; do
  mkdir /sys/fs/cgroup/$name
  case $name in
    unified) mount -t cgroup2 none /sys/fs/cgroup/$name ;;
    systemd) mount -t cgroup -o none,name=systemd none /sys/fs/cgroup/$name ;;
    *) mount -t cgroup -o $name none /sys/fs/cgroup/$name ;;
  esac
done
touch /run/is-set-up
# The shell, unlike sleep, collects the dead whose parents are gone.
while sleep 1; do :; done
"""
UNSHARE = (
    *("unshare", "--net", "--mount", "--pid", "--cgroup", "--uts", "--ipc"),
    *("--mount-proc", "--fork", "--kill-child"),
)
# A process that enters the namespaces keeps the control groups that it had outside.
ENTER = 'for group in /sys/fs/cgroup/*; do echo 0 > "$group/cgroup.procs"; done; exec "$@"'


class Apart:
    """Namespaces for processes, mounts, network and control groups; it ends with all in it.

    Works with cgroup v1 only: a v2 group that holds processes can't hand its controllers on.

    Parameters
    ----------
    folder
        Where the cluster in it keeps its cache and state; built programs are the usual cache's.
    """

    def __init__(self, *, folder: Path) -> None:
        self._folder = folder
        self._name = f"onyxia-apart-{os.getpid()}"
        self._holder: subprocess.Popen[bytes] | None = None
        self._inside = 0

    def __enter__(self) -> Self:
        """Make the namespaces.

        Returns
        -------
        Self
            Ready for `run`.
        """
        (self._folder / "cache").mkdir(parents=True)
        (self._folder / "cache" / "bin").symlink_to(paths.program("kube").parent)
        for group in self._groups():
            group.mkdir()
            for setting in ("cpuset.cpus", "cpuset.mems"):
                # A new cpuset is empty, and an empty one takes no process.
                if (group / setting).exists():
                    (group / setting).write_text((group.parent / setting).read_text())
        join = " ".join(f"'{group}/cgroup.procs'" for group in self._groups())
        script = f'for file in {join}; do echo 0 > "$file"; done; exec "$@"'
        self._holder = subprocess.Popen(
            # Without this process nobody would end what runs inside.
            [
                "setpriv",
                "--pdeathsig=KILL",
                "sh",
                "-c",
                script,
                "sh",
                *UNSHARE,
                "sh",
                "-c",
                SET_UP,
                "sh",
                str(paths.state_dir()),
            ],
            stdin=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 10
        while not self._is_set_up():
            if self._holder.poll() is not None or time.monotonic() > deadline:
                self._end()
                raise ClusterTrouble("The namespaces for a second cluster couldn't be made.")
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End every process in the namespaces and remove what they kept."""
        self._end()

    def run(self, *command: str, timeout: float = 300) -> str:
        """Run a command inside, from the repository's folder.

        Parameters
        ----------
        *command
            Its command line.
        timeout
            Seconds until it is given up.

        Returns
        -------
        str
            Its standard output.

        Raises
        ------
        ClusterTrouble
            It failed; with what it wrote.
        """
        environment = {
            **os.environ,
            "ONYXIA_CLUSTER_CACHE": str(self._folder / "cache"),
            "ONYXIA_CLUSTER_STATE": str(self._folder / "state"),
        }
        environment.pop(paths.OTHER_CLUSTER, None)
        enter = ["nsenter", f"--target={self._inside}", "--all", f"--wd={paths.REPOSITORY}"]
        done = subprocess.run(
            [*enter, "sh", "-c", ENTER, "sh", *command],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment,
            check=False,
        )
        if done.returncode:
            raise ClusterTrouble(f"`{' '.join(command)}` failed: {done.stdout}{done.stderr}")
        return done.stdout

    def _groups(self) -> list[Path]:
        return [tree / self._name for tree in CGROUPS.iterdir() if tree.is_dir()]

    def _is_set_up(self) -> bool:
        assert self._holder is not None
        holder = self._holder.pid
        children = Path(f"/proc/{holder}/task/{holder}/children").read_text().split()
        if not children:
            return False
        self._inside = int(children[0])
        return Path(f"/proc/{self._inside}/root/run/is-set-up").exists()

    def _end(self) -> None:
        assert self._holder is not None
        # The first process of a process namespace takes all others with it.
        self._holder.kill()
        self._holder.wait()
        deadline = time.monotonic() + 10
        while any(self._groups_in_use()) and time.monotonic() < deadline:
            time.sleep(0.05)
        for group in self._groups():
            for folder, _, _ in os.walk(group, topdown=False):
                Path(folder).rmdir()
        shutil.rmtree(self._folder)

    def _groups_in_use(self) -> list[str]:
        files = [file for group in self._groups() for file in group.rglob("cgroup.procs")]
        return [line for file in files for line in file.read_text().split()]
