"""Build the cluster's programs from their Go modules, once for each version and content."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.cluster import paths
from tests.cluster.progress import step
from tests.cluster.trouble import ClusterTrouble

__all__ = ["PROGRAMS", "Program", "build", "build_all"]

KUBERNETES = "1.35.4"
"""The newest minor version that still supports containerd 1.x, which Debian 12 has."""

STRIPPED = "-s -w"
HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Program:
    """A Go program and how to build it.

    Parameters
    ----------
    name
        File name in the cache's ``bin``.
    source
        ``package@version`` for ``go install``, or a folder for ``go build``.
    ldflags
        Flags for the linker.
    environment
        Environment variables for the build.
    """

    name: str
    source: str | Path
    ldflags: str = STRIPPED
    environment: Mapping[str, str] = field(default_factory=dict)

    def key(self) -> str:
        """Hash of all that decides what the build gives.

        Returns
        -------
        str
            In hexadecimal; the same key means the same program.
        """
        settings = repr((self.ldflags, *sorted(self.environment.items())))
        digest = hashlib.sha256(settings.encode())
        if isinstance(self.source, str):
            digest.update(self.source.encode())
        else:
            for file in sorted(self.source.iterdir()):
                digest.update(file.name.encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()


def _kubernetes_ldflags() -> str:
    major, minor, _ = KUBERNETES.split(".")
    stamps = {"gitVersion": f"v{KUBERNETES}", "gitMajor": major, "gitMinor": minor}
    packages = ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version")
    return " ".join(
        [STRIPPED, *(f"-X {package}.{k}={v}" for package in packages for k, v in stamps.items())]
    )


# What goes into an image without a libc must not be linked against one.
STATIC = {"CGO_ENABLED": "0"}

PROGRAMS = {
    program.name: program
    for program in (
        Program(name="kube", source=HERE / "kube", ldflags=_kubernetes_ldflags()),
        Program(name="pause", source=HERE / "pause", environment=STATIC),
        Program(name="coredns", source=HERE / "coredns", environment=STATIC),
        Program(
            name="local-path-provisioner",
            source="github.com/rancher/local-path-provisioner@v0.0.30",
            environment=STATIC,
        ),
        Program(
            name="kube-router",
            source="github.com/cloudnativelabs/kube-router/v2/cmd/kube-router@v2.1.0",
        ),
        Program(name="helm", source="helm.sh/helm/v3/cmd/helm@v3.22.0"),
    )
}
"""Every program that is built, by name."""


def build(program: Program) -> Path:
    """Build a program, unless the cache has just this one.

    Parameters
    ----------
    program
        What to build.

    Returns
    -------
    Path
        The executable file.

    Raises
    ------
    ClusterTrouble
        Go is absent or the build failed; with the compiler's last words.
    """
    target = paths.program(program.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f".{program.name}.lock").open("w") as lock:
        # Two test runs may want the same program at once.
        fcntl.flock(lock, fcntl.LOCK_EX)
        _build_if_changed(program, target)
    return target


def build_all() -> None:
    """Build every program that isn't in the cache yet.

    Raises
    ------
    ClusterTrouble
        A build failed.
    """
    for program in PROGRAMS.values():
        build(program)


def _build_if_changed(program: Program, target: Path) -> None:
    stamp = target.with_name(f".{program.name}.key")
    key = program.key()
    if target.exists() and stamp.exists() and stamp.read_text() == key:
        return
    if not shutil.which("go"):
        raise ClusterTrouble(
            "Go is absent, and the cluster's programs are built from Go modules: "
            "install Go 1.25 or newer."
        )
    scratch = target.parent / f".building-{program.name}"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        with step(f"build {program.name}"):
            _run_go(program, scratch)
        stamp.unlink(missing_ok=True)
        built = next(scratch.iterdir())
        built.replace(target)
        stamp.write_text(key)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _run_go(program: Program, folder: Path) -> None:
    flags = ["-trimpath", "-ldflags", program.ldflags]
    environment = {**os.environ, **program.environment}
    if isinstance(program.source, str):
        command, cwd = ["go", "install", *flags, program.source], folder
        environment["GOBIN"] = str(folder)
    elif program.source.joinpath("go.mod").exists():
        command, cwd = (
            ["go", "build", *flags, "-o", str(folder / program.name), "."],
            program.source,
        )
    else:
        files = [str(file) for file in sorted(program.source.glob("*.go"))]
        command, cwd = ["go", "build", *flags, "-o", str(folder / program.name), *files], folder
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        words = "\n".join(done.stderr.splitlines()[-20:])
        raise ClusterTrouble(f"Building {program.name} failed:\n{words}")
