"""The Debian image under the others, made by debootstrap from this machine's own mirror.

A registry's ``python:slim`` does the same job; this one needs none. It is what ``BASE_IMAGE`` of
helm/images/*/Dockerfile is in the tests.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.cluster.trouble import ClusterTrouble

__all__ = ["PACKAGES", "Suite", "base_tar", "machine_suite"]

#: What the Dockerfiles take for granted in their base: a Python that can make virtual environments.
PACKAGES = ("ca-certificates", "python3", "python3-venv")

# Left out as Debian's own slim images do, also by every apt-get of an image built on this one.
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/info/*", "/usr/share/locale/*", "/usr/share/man/*")


@dataclass(frozen=True, kw_only=True)
class Suite:
    """A Debian release and where this machine takes it from.

    Parameters
    ----------
    name
        Code name, such as ``bookworm``.
    mirror
        Address of the archive.
    sources
        Lines for ``sources.list``: the release with its updates.
    """

    name: str
    mirror: str
    sources: tuple[str, ...]


def machine_suite() -> Suite:
    """Return the release that this machine runs, as its own apt settings name it.

    Raises
    ------
    ClusterTrouble
        If apt's settings hold no archive of this machine's release.
    """
    name = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    # apt-get(8): indextargets prints what apt makes of all its source files, in either format.
    listed = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Identifier: Packages"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    found = [line.split(" ", 1) for line in dict.fromkeys(listed.splitlines()) if " " in line]
    release = {f"{name}{suffix}" for suffix in ("", "-updates", "-security")}
    archives = [(uri, suite) for uri, suite in found if suite in release]
    mirrors = [uri for uri, suite in archives if suite == name]
    if not mirrors:
        raise ClusterTrouble(
            f"apt on this machine knows no archive of the release {name!r}. The test images are"
            " built from Debian's packages: run this on Debian."
        )
    return Suite(
        name=name,
        mirror=mirrors[0],
        sources=tuple(f"deb {uri} {suite} main" for uri, suite in archives),
    )


def base_tar(folder: Path) -> Path:
    """Return the base image's files as a tar, made once for each release and set of packages.

    Parameters
    ----------
    folder
        Where the tar is kept.

    Raises
    ------
    ClusterTrouble
        If debootstrap fails; with the last lines of its output.
    """
    suite = machine_suite()
    made_of = "\n".join((suite.name, *suite.sources, *PACKAGES, *_LEFT_OUT))
    tar = folder / f"base-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.tar"
    if tar.exists():
        return tar
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("base-*.tar"):
        old.unlink()
    for unfinished in folder.glob("debootstrap-*"):
        _remove(unfinished)
    root = Path(tempfile.mkdtemp(prefix="debootstrap-", dir=folder))
    try:
        _debootstrap(root, suite, log=folder / "base.log")
        _slim(root, suite)
        unfinished = tar.with_suffix(".part")
        command = ["tar", "--numeric-owner", "-C", str(root), "-cf", str(unfinished), "."]
        subprocess.run(command, check=True)
        unfinished.rename(tar)
    finally:
        _remove(root)
    return tar


def _debootstrap(root: Path, suite: Suite, *, log: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    command += [suite.name, str(root), suite.mirror]
    with log.open("w") as output:
        try:
            done = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False)
        except FileNotFoundError as error:
            raise ClusterTrouble("There is no debootstrap: install Debian's.") from error
    if done.returncode:
        last = "\n".join(log.read_text().splitlines()[-20:])
        raise ClusterTrouble(f"`debootstrap` failed (all of it: {log}):\n{last}")


def _slim(root: Path, suite: Suite) -> None:
    excludes = "".join(f"path-exclude={path}\n" for path in _LEFT_OUT)
    (root / "etc/dpkg/dpkg.cfg.d/slim").write_text(excludes)
    (root / "etc/apt/apt.conf.d/slim").write_text(
        # No apt archive or index belongs into a layer, and there is no one to read recommendations.
        'APT::Install-Recommends "false";\nAcquire::Languages "none";\n'
        'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };\n'
    )
    (root / "etc/apt/sources.list").write_text("".join(f"{line}\n" for line in suite.sources))
    for pattern in (
        *_LEFT_OUT,
        "/var/cache/apt/*",
        "/var/lib/apt/lists/*",
        "/var/log/*.log",
        "/var/cache/debconf/*-old",
    ):
        for path in root.glob(pattern.lstrip("/")):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    for name in ("var/cache/apt/archives/partial", "var/lib/apt/lists/partial"):
        (root / name).mkdir(parents=True)


def _remove(root: Path) -> None:
    # debootstrap mounts /proc in the new root and, ended half way, leaves it there.
    mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for point in sorted((p for p in mounted if Path(p).is_relative_to(root)), reverse=True):
        subprocess.run(["umount", "--lazy", point], check=True)
    shutil.rmtree(root)
