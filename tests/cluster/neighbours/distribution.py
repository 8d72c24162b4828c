"""Keycloak's own distribution: fetched with Maven, checked, unpacked and built once."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cluster.trouble import ClusterTrouble

__all__ = ["VERSION", "java_home_environment", "keycloak_home"]

#: Version of Keycloak.
VERSION = "26.7.3"

_ZIP = f"keycloak-quarkus-dist-{VERSION}.zip"
_SHA256 = "27a6535553c3cdcd083872ba40629efafb3475e3b758e0c6f691395561dd0f1f"
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
# Fixed at build time, so that a start takes them as they are (`start --optimized`). Without health
# and metrics there is no management port.
_BUILD = ("--db=dev-file", "--health-enabled=false", "--metrics-enabled=false")


def keycloak_home(cache: Path, *, say: Callable[[str], None]) -> Path:
    """Return the folder of a Keycloak that is ready to start, after making it if need be.

    Parameters
    ----------
    cache
        Folder to keep it in.
    say
        Takes one line for the person at the terminal.

    Raises
    ------
    ClusterTrouble
        If a program is missing, or the download or the build fails.
    """
    home = cache / f"keycloak-{VERSION}"
    # Names the build's options, so that other options mean another build.
    mark = home / f".built-{hashlib.sha256(' '.join(_BUILD).encode()).hexdigest()[:12]}"
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache / ".lock"):
        if mark.exists():
            return home
        _need("java", package="default-jre-headless")
        archive = cache / _ZIP
        if not archive.exists():
            say(f"Fetching Keycloak {VERSION} (177 MB) ...")
            _fetch(archive)
        say("Unpacking and building Keycloak, once ...")
        shutil.rmtree(home, ignore_errors=True)
        with zipfile.ZipFile(archive) as content:
            content.extractall(cache)
        script = home / "bin" / "kc.sh"
        script.chmod(0o755)
        _run([str(script), "build", *_BUILD], what="building Keycloak")
        mark.touch()
        # Maven keeps the archive too.
        archive.unlink()
    return home


def java_home_environment() -> dict[str, str]:
    """Return what keeps a Java program small and quick to start.

    The first of the two compilers only: a quarter less processor time at start, and servers for
    tests don't run long enough to win it back.
    """
    return {
        "JAVA_OPTS_KC_HEAP": "-Xms64m -Xmx512m",
        "JAVA_OPTS_APPEND": "-XX:TieredStopAtLevel=1",
    }


def _fetch(archive: Path) -> None:
    _need("mvn", package="maven")
    draft = archive.parent / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    artifact = f"org.keycloak:keycloak-quarkus-dist:{VERSION}:zip"
    _run(
        ["mvn", "-B", "-q", "-C", _COPY, f"-Dartifact={artifact}", f"-DoutputDirectory={draft}"],
        what="fetching Keycloak with Maven",
    )
    with (draft / _ZIP).open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != _SHA256:
        raise ClusterTrouble(
            f"What Maven fetched as {_ZIP} has the SHA-256 {found}, not {_SHA256}: it is not the "
            f"Keycloak that these tests know. It lies in {draft}."
        )
    (draft / _ZIP).replace(archive)
    draft.rmdir()


def _run(command: list[str], *, what: str) -> None:
    env = os.environ | java_home_environment()
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise ClusterTrouble(f"Failed: {what} (exit code {done.returncode}). It said:\n{tail}")


def _need(program: str, *, package: str) -> None:
    if shutil.which(program) is None:
        raise ClusterTrouble(
            f"Keycloak needs the program “{program}”, which is not installed. "
            f"Install it: apt-get install {package}"
        )


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time in: two that build the same folder would break it."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
