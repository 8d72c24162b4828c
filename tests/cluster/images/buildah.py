"""buildah with an image store of its own, which needs no daemon and no registry."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from tests.cluster.trouble import ClusterTrouble

__all__ = ["Buildah"]


class Buildah:
    """The image store in a folder, and the builds that fill it.

    Parameters
    ----------
    folder
        Where layers and logs are kept.
    run_folder
        Where it keeps what ends with the machine's uptime (counts of mounts).
    """

    def __init__(self, *, folder: Path, run_folder: Path) -> None:
        self._logs = folder
        self._run_folder = run_folder
        self._command = ["buildah", "--root", str(folder / "storage"), "--runroot", str(run_folder)]
        # Overlay keeps a layer's own files only; vfs copies all of the image for each layer, but
        # works where the folder itself lies on an overlay.
        probe = [*self._command, "--storage-driver", "overlay", "info"]
        try:
            overlay = subprocess.run(probe, capture_output=True, check=False).returncode == 0
        except FileNotFoundError as error:
            raise ClusterTrouble("There is no buildah: install Debian's buildah.") from error
        self._command += ["--storage-driver", "overlay" if overlay else "vfs"]

    def close(self) -> None:
        """Remove what a build that was ended half way left mounted, and the run folder."""
        self._run(["rm", "--all"])
        shutil.rmtree(self._run_folder, ignore_errors=True)

    def has(self, image: str) -> bool:
        """Tell whether an image is in the store.

        Parameters
        ----------
        image
            Its full name.
        """
        inspect = [*self._command, "inspect", "--type", "image", image]
        return subprocess.run(inspect, capture_output=True, check=False).returncode == 0

    def from_tar(self, tar: Path, *, image: str) -> None:
        """Make an image of one layer.

        Parameters
        ----------
        tar
            The layer.
        image
            Full name of the image.
        """
        container = self._run(["from", "scratch"]).strip()
        try:
            self._run(["add", "--quiet", container, str(tar), "/"])
            self._run(["config", "--cmd", "bash", container])
            self._run(["commit", "--quiet", container, image])
        finally:
            self._run(["rm", container])

    def build(
        self,
        dockerfile: Path,
        *,
        image: str,
        context: Path,
        arguments: Mapping[str, str],
        mounts: Mapping[Path, Path],
        contexts: Mapping[str, Path],
    ) -> None:
        """Build a Dockerfile.

        Parameters
        ----------
        dockerfile
            Its path.
        image
            Full name of the image.
        context
            The build context.
        arguments
            Build arguments.
        mounts
            Folders of this machine that are there, read-only, while it is built.
        contexts
            Named build contexts.

        Raises
        ------
        ClusterTrouble
            A step failed; with the last lines of its output.
        """
        command = ["build", "--layers", "--file", str(dockerfile), "--tag", image]
        ignored = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
        if ignored.exists():
            command += ["--ignorefile", str(ignored)]
        for name, value in arguments.items():
            command += ["--build-arg", f"{name}={value}"]
        for here, there in mounts.items():
            command += ["--volume", f"{here}:{there}:ro"]
        for name, folder in contexts.items():
            command += ["--build-context", f"{name}={folder}"]
        log = self._logs / f"{dockerfile.parent.name}.log"
        with log.open("w") as output:
            self._run([*command, str(context)], output=output)

    def copy_out(self, image: str, folder: Path) -> None:
        """Write an image's manifest and uncompressed layers into a folder.

        Parameters
        ----------
        image
            Its full name.
        folder
            A new folder.
        """
        # Not the oci transport: it compresses each layer, which takes longer than all the rest.
        self._run(["push", "--quiet", "--disable-compression", image, f"dir:{folder}"])

    def _run(self, arguments: list[str], *, output: IO[str] | None = None) -> str:
        process = subprocess.Popen(
            [*self._command, *arguments],
            stdout=output or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A chroot needs no privileged runtime and works where nested containers don't.
            env=os.environ | {"BUILDAH_ISOLATION": "chroot"},
        )
        try:
            printed, _ = process.communicate()
        except BaseException:
            # Asked to end, it unmounts its container; killed it would not.
            process.terminate()
            process.wait()
            raise
        if process.returncode:
            text = Path(output.name).read_text() if output else printed
            last = "\n".join(text.splitlines()[-20:])
            where = f" (all of it: {output.name})" if output else ""
            raise ClusterTrouble(f"`buildah {arguments[0]}` failed{where}:\n{last}")
        return printed or ""
