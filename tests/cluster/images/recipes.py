"""What each image is made of, hence when it must be built anew."""

import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.cluster import paths

__all__ = ["BASE", "NAMES", "RECIPES", "Recipe", "build_settings", "kubectl_context", "tag"]

BASE = "base"
"""The Debian image under the others; it has no recipe, `base_tar` makes it."""

IMAGES = Path("helm/images")

# What is no image of a service that people would use.
_STAND_INS = Path("tests/cluster/images")

# What pip and npm of the machine are told in its environment, for the ARG of the same name.
_SETTINGS = ("PIP_INDEX_URL", "PIP_CERT", "NPM_CONFIG_REGISTRY", "NPM_CONFIG_CAFILE")

_AUTHORITIES = Path("/etc/ssl/certs")


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """One Dockerfile and what it takes of the repository.

    Parameters
    ----------
    name
        Short name: the folder of the Dockerfile.
    sources
        Files and folders, relative to the repository, that its COPY lines name.
    kubectl
        Whether the test cluster's own kubectl goes in.
    images
        Where that folder is, relative to the repository.
    """

    name: str
    sources: tuple[str, ...] = ()
    kubectl: bool = False
    images: Path = IMAGES

    @property
    def dockerfile(self) -> Path:
        """Path of the Dockerfile, relative to the repository."""
        return self.images / self.name / "Dockerfile"

    def key(self, *, base: str) -> str:
        """Hash all that decides what the build gives, but for the registries' contents.

        Parameters
        ----------
        base
            Key of the base image.

        Returns
        -------
        str
            Hexadecimal digest; the same for the same content, wherever the repository lies.
        """
        digest = hashlib.sha256(base.encode())
        for file in _files([str(self.dockerfile.parent), *self.sources]):
            content = hashlib.sha256((paths.REPOSITORY / file).read_bytes()).hexdigest()
            digest.update(f"{file} {content}\n".encode())
        if self.kubectl and (program := paths.program("kube")).exists():
            state = program.stat()
            digest.update(f"kube {state.st_size} {state.st_mtime_ns}\n".encode())
        return digest.hexdigest()


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="hub",
            sources=(
                "pyproject.toml",
                "README.md",
                "LICENSE",
                "jupyterhub_config.py",
                "profiles",
                "onyxia_hub",
            ),
        ),
        Recipe(
            name="jupyter",
            sources=("onyxia_hub/demo/jupyter-requirements.txt",),
            kubectl=True,
        ),
        Recipe(name="code-server"),
        Recipe(name="mlflow"),
        Recipe(name="label-studio"),
        Recipe(name="rstudio-standin", sources=("tests/support/rserver.py",), images=_STAND_INS),
    )
}

NAMES = (BASE, *RECIPES)
"""All images, in the order they are built."""


def tag(name: str) -> str:
    """Return the full name under which a pod uses an image.

    Parameters
    ----------
    name
        One of `NAMES`.
    """
    return f"localhost/onyxia-hub/{name}:test"


def build_settings() -> tuple[Mapping[str, str], Mapping[Path, Path]]:
    """Return what pip and npm need on this machine: build arguments, and folders to mount.

    Both are there while the image is built and leave nothing in it.
    """
    given = {name.upper(): value for name, value in os.environ.items()}
    arguments = {name: given[name] for name in _SETTINGS if name in given}
    mounts = {}
    if _AUTHORITIES.is_dir():
        mounts[_AUTHORITIES] = _AUTHORITIES
        # pip and npm each bring authorities of their own, which know no proxy of a company.
        bundle = str(_AUTHORITIES / "ca-certificates.crt")
        arguments = {"PIP_CERT": bundle, "NPM_CONFIG_CAFILE": bundle} | arguments
    return arguments, mounts


def kubectl_context(folder: Path) -> Path | None:
    """Lay out the build context that brings the test cluster's kubectl.

    Parameters
    ----------
    folder
        Where to; on the file system of the built programs.

    Returns
    -------
    Path or None
        The context, or None if the program isn't built: Debian's kubectl goes in then.
    """
    program = paths.program("kube")
    if not program.exists():
        return None
    shutil.rmtree(folder, ignore_errors=True)
    target = folder / "opt/kubectl"
    target.mkdir(parents=True)
    os.link(program, target / "kube")
    wrapper = target / "kubectl"
    wrapper.write_text('#!/bin/sh\nexec kube kubectl "$@"\n')
    wrapper.chmod(0o755)
    return folder


def _files(names: Iterable[str]) -> Iterator[str]:
    for name in sorted(names):
        path = paths.REPOSITORY / name
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            if file.is_file() and "__pycache__" not in file.parts:
                yield str(file.relative_to(paths.REPOSITORY))
