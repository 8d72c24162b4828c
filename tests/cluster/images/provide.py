"""Build what changed, load what the node has not."""

import fcntl
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.cluster import paths
from tests.cluster.client import ctr
from tests.cluster.images.archive import ImageFiles
from tests.cluster.images.base import base_tar
from tests.cluster.images.buildah import Buildah
from tests.cluster.images.recipes import (
    BASE,
    NAMES,
    RECIPES,
    build_settings,
    kubectl_context,
    tag,
)
from tests.cluster.progress import say, step
from tests.cluster.trouble import ClusterTrouble

__all__ = ["provide", "save"]

# Not in the cluster's own folder, which `down` removes while a build may run.
_RUN_FOLDER = Path("/run/onyxia-cluster-images")

_UNPACKED = "unpacked-"


def provide(names: Sequence[str] = NAMES) -> None:
    """Build images whose sources changed, and load them into containerd if it runs.

    Parameters
    ----------
    names
        Which; the base comes with each.

    Raises
    ------
    ClusterTrouble
        An image can't be built or loaded; with the tool's words.
    """
    with _alone() as folder:
        works = _Works(folder)
        try:
            for name in _in_order(names):
                works.build(name)
                works.load(name)
        finally:
            works.close()


def save(names: Sequence[str], *, folder: Path) -> list[Path]:
    """Build images and write each as an archive, for a cluster that is not ours.

    Parameters
    ----------
    names
        Which.
    folder
        Where to.

    Returns
    -------
    list of Path
        The archives, in the OCI layout: ``kind load image-archive``, ``k3d image import`` and
        ``ctr images import`` take them.

    Raises
    ------
    ClusterTrouble
        An image can't be built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    with _alone() as cache:
        works = _Works(cache)
        try:
            for name in _in_order(names):
                works.build(name)
                if name in names:
                    written.append(works.save(name, folder / f"{name}.tar"))
        finally:
            works.close()
    return written


class _Works:
    """The store of built images, opened only when something must be done with it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._buildah: Buildah | None = None
        self._state_file = folder / "built.json"
        # Name to the key it was built for, and the digest it got.
        self._built: dict[str, dict[str, str]] = {}
        if self._state_file.exists():
            self._built = json.loads(self._state_file.read_text())
        self._node = _node_images()

    def close(self) -> None:
        if self._buildah is not None:
            self._buildah.close()

    def build(self, name: str) -> None:
        """Build an image unless it is there for the same sources."""
        key = self._key(name)
        if self._built.get(name, {}).get("key") == key and self._is_somewhere(name):
            return
        if name != BASE:
            # All layers build on its id, so it is made anew only if it is gone.
            self.build(BASE)
        # Forgotten first: a run ended between build and note must not pass for the old sources.
        self._note(name, None)
        with step(f"build the image {name}"):
            if name == BASE:
                self._store.from_tar(base_tar(self._folder), image=tag(BASE))
            else:
                self._build_recipe(name)
        self._note(name, {"key": key})

    def load(self, name: str) -> None:
        """Put an image on the node, if there is a node and it has it not."""
        digest = self._built[name].get("digest")
        if self._node is None or (digest is not None and self._node.get(tag(name)) == digest):
            return
        with step(f"load the image {name}"), self._files(name) as files:
            there = set(ctr("content", "ls", "--quiet").split())
            tar = self._folder / "loading.tar"
            try:
                files.write(tar, image=tag(name), without=there)
                ctr("images", "import", str(tar))
            finally:
                tar.unlink(missing_ok=True)
            self._note(name, self._built[name] | {"digest": files.digest})

    def save(self, name: str, tar: Path) -> Path:
        """Write the whole image as an archive."""
        with step(f"write {tar}"), self._files(name) as files:
            files.write(tar, image=tag(name))
        return tar

    @property
    def _store(self) -> Buildah:
        if self._buildah is None:
            self._buildah = Buildah(folder=self._folder, run_folder=_RUN_FOLDER)
        return self._buildah

    def _key(self, name: str) -> str:
        base = base_tar(self._folder).stem
        return base if name == BASE else RECIPES[name].key(base=base)

    def _is_somewhere(self, name: str) -> bool:
        digest = self._built[name].get("digest")
        # The base is built on, which what is on the node can't be.
        if name != BASE and digest is not None and (self._node or {}).get(tag(name)) == digest:
            return True
        return self._store.has(tag(name))

    def _build_recipe(self, name: str) -> None:
        recipe = RECIPES[name]
        arguments, mounts = build_settings()
        contexts = {}
        if recipe.kubectl and (context := kubectl_context(self._folder / "kubectl")):
            contexts["kubectl"] = context
        self._store.build(
            paths.REPOSITORY / recipe.dockerfile,
            image=tag(name),
            context=paths.REPOSITORY,
            arguments={"BASE_IMAGE": tag(BASE), **arguments},
            mounts=mounts,
            contexts=contexts,
        )

    @contextmanager
    def _files(self, name: str) -> Iterator[ImageFiles]:
        if not self._store.has(tag(name)):
            raise ClusterTrouble(f"The image {tag(name)} is gone: remove {self._state_file}.")
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=_UNPACKED) as folder:
            self._store.copy_out(tag(name), Path(folder) / "image")
            yield ImageFiles(Path(folder) / "image")

    def _note(self, name: str, state: dict[str, str] | None) -> None:
        self._built.pop(name, None)
        if state is not None:
            self._built[name] = state
        self._state_file.write_text(json.dumps(self._built, indent=2))


@contextmanager
def _alone() -> Iterator[Path]:
    """Yield the images' folder; a second run waits here until the first has ended."""
    folder = paths.cache_dir() / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another build of images")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(f"{_UNPACKED}*"):
            shutil.rmtree(left)
        yield folder


def _in_order(names: Sequence[str]) -> list[str]:
    return [name for name in NAMES if name in names]


def _node_images() -> dict[str, str] | None:
    """Name to digest of the images on the node, or None if there is no node of ours."""
    if not Path(paths.CONTAINERD_SOCKET).exists():
        return None
    try:
        # REF, TYPE, DIGEST and more, after a line of headings.
        listed = [line.split() for line in ctr("images", "ls", timeout=20).splitlines()[1:]]
    except ClusterTrouble:
        return None
    return {line[0]: line[2] for line in listed if len(line) > 2}
