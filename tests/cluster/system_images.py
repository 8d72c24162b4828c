"""Images of single static programs, written as docker archives without any image tool."""

import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Sequence
from pathlib import Path

from tests.cluster import paths
from tests.cluster.client import load_image
from tests.cluster.programs import PROGRAMS, build
from tests.cluster.trouble import ClusterTrouble

__all__ = ["BUSYBOX", "COREDNS", "LOCAL_PATH", "PAUSE", "load_system_images", "write_image"]

PREFIX = "localhost/onyxia-hub"
PAUSE = f"{PREFIX}/pause:1"
COREDNS = f"{PREFIX}/coredns:1"
LOCAL_PATH = f"{PREFIX}/local-path-provisioner:1"
BUSYBOX = f"{PREFIX}/busybox:1"
"""Debian's static busybox: the storage provisioner's helper, and a small client for tests."""

OF_PROGRAMS = {PAUSE: "pause", COREDNS: "coredns", LOCAL_PATH: "local-path-provisioner"}
BUSYBOX_FILE = Path("/bin/busybox")

# fmt: off
APPLETS = (
    "cat", "chmod", "chown", "date", "echo", "env", "false", "grep", "httpd", "id", "ls",
    "mkdir", "nc", "nslookup", "ping", "printf", "rm", "sh", "sleep", "stat", "tail", "test",
    "timeout", "touch", "true", "wget",
)
# fmt: on


def load_system_images() -> None:
    """Put the images that the cluster itself needs on the node.

    Raises
    ------
    ClusterTrouble
        A program can't be built, or containerd refuses an image.
    """
    folder = paths.cache_dir() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    for image, name in OF_PROGRAMS.items():
        tar = folder / f"system-{name}.tar"
        write_image(tar, image=image, files={name: build(PROGRAMS[name])}, entrypoint=[f"/{name}"])
        load_image(tar)
    if not BUSYBOX_FILE.exists():
        raise ClusterTrouble("There is no /bin/busybox: install Debian's busybox-static.")
    tar = folder / "system-busybox.tar"
    write_image(
        tar,
        image=BUSYBOX,
        files={"bin/busybox": BUSYBOX_FILE},
        links={f"bin/{applet}": "busybox" for applet in APPLETS},
        entrypoint=["/bin/sh"],
    )
    load_image(tar)


def write_image(
    tar: Path,
    *,
    image: str,
    files: dict[str, Path],
    entrypoint: Sequence[str],
    links: dict[str, str] | None = None,
) -> None:
    """Write an image of one layer as a docker archive; the same content gives the same bytes.

    Parameters
    ----------
    tar
        File to write.
    image
        Its name.
    files
        Path in the image to an executable file here.
    entrypoint
        What a container runs.
    links
        Path in the image to the target of a symbolic link.
    """
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as archive:
        folders = {parent for path in [*files, "tmp/x"] for parent in _parents(path)}
        for folder in sorted(folders):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        for path, file in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = file.stat().st_size, 0o755
            with file.open("rb") as data:
                archive.addfile(entry, data)
        for path, target in (links or {}).items():
            entry = tarfile.TarInfo(path)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    content = layer.getvalue()
    digest = hashlib.sha256(content).hexdigest()
    config = json.dumps(
        {
            "architecture": _architecture(),
            "os": "linux",
            "config": {"Entrypoint": list(entrypoint), "Env": ["PATH=/bin"]},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": config_name, "RepoTags": [image], "Layers": [f"{digest}/layer.tar"]}]
    with tarfile.open(tar, mode="w") as archive:
        for name, bytes_ in (
            (config_name, config),
            (f"{digest}/layer.tar", content),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            entry = tarfile.TarInfo(name)
            entry.size = len(bytes_)
            archive.addfile(entry, io.BytesIO(bytes_))


def _parents(path: str) -> list[str]:
    return [str(parent) for parent in Path(path).parents if str(parent) != "."]


def _architecture() -> str:
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)
