"""An image as files, and as a tar of those that a node has not."""

import hashlib
import io
import json
import tarfile
from collections.abc import Collection
from pathlib import Path

__all__ = ["ImageFiles"]


class ImageFiles:
    """Manifest, configuration and layers in a folder, as buildah's ``dir`` transport writes them.

    Parameters
    ----------
    folder
        The folder.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._manifest = (folder / "manifest.json").read_bytes()
        parsed = json.loads(self._manifest)
        self._type = parsed["mediaType"]
        self._parts = [parsed["config"]["digest"], *(part["digest"] for part in parsed["layers"])]

    @property
    def digest(self) -> str:
        """The image's digest: that of its manifest."""
        return f"sha256:{hashlib.sha256(self._manifest).hexdigest()}"

    def write(self, tar: Path, *, image: str, without: Collection[str] = ()) -> None:
        """Write a tar in the OCI layout (image-spec, image-layout.md).

        Parameters
        ----------
        tar
            File to write.
        image
            The image's full name, which containerd takes from an annotation of its own.
        without
            Digests to leave out, because whoever reads the tar has them.
        """
        entry = {
            "mediaType": self._type,
            "digest": self.digest,
            "size": len(self._manifest),
            "annotations": {
                "io.containerd.image.name": image,
                "org.opencontainers.image.ref.name": image,
            },
        }
        index = {"schemaVersion": 2, "manifests": [entry]}
        with tarfile.open(tar, "w") as archive:
            _add(archive, "oci-layout", json.dumps({"imageLayoutVersion": "1.0.0"}).encode())
            _add(archive, "index.json", json.dumps(index).encode())
            _add(archive, _blob(self.digest), self._manifest)
            # The same layer may come twice, as an empty one does.
            for part in dict.fromkeys(self._parts):
                if part not in without:
                    file = self._folder / part.partition(":")[2]
                    archive.add(file, arcname=_blob(part))


def _blob(digest: str) -> str:
    return f"blobs/{digest.replace(':', '/')}"


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
