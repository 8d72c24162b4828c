"""Talk to the cluster from test code: kubectl, and images without a registry."""

import hashlib
import json
import os
import tarfile
from pathlib import Path

from tests.cluster import paths
from tests.cluster.commands import command
from tests.cluster.trouble import ClusterTrouble

__all__ = ["ctr", "image_digests", "kubectl", "load_image"]


def kubectl(
    *arguments: str,
    input: str | None = None,  # noqa: A002 -- subprocess.run's name for it
    timeout: float = 120,
) -> str:
    """Run kubectl as the cluster's admin.

    Parameters
    ----------
    *arguments
        As after ``kubectl`` on a command line.
    input
        Text for its standard input, as for ``apply -f -``.
    timeout
        Seconds until it is given up.

    Returns
    -------
    str
        Its standard output.

    Raises
    ------
    ClusterTrouble
        There is no cluster, or kubectl failed; with its own words.
    """
    program, kubeconfig = str(paths.program("kube")), str(paths.kubeconfig())
    if not Path(program).exists() or not Path(kubeconfig).exists():
        raise ClusterTrouble("There is no cluster: run `make cluster-up`.")
    return command(
        *(program, "kubectl", "--kubeconfig", kubeconfig, *arguments),
        stdin=input,
        timeout=timeout,
        shown=f"kubectl {' '.join(arguments)}",
    )


def ctr(*arguments: str, timeout: float = 600) -> str:
    """Run containerd's own client in the namespace that the kubelet uses.

    Parameters
    ----------
    *arguments
        As after ``ctr`` on a command line.
    timeout
        Seconds until it is given up.

    Returns
    -------
    str
        Its standard output.

    Raises
    ------
    ClusterTrouble
        ctr failed; with its own words.
    """
    return command(
        *("ctr", "--address", paths.CONTAINERD_SOCKET, "--namespace", "k8s.io", *arguments),
        timeout=timeout,
        shown=f"ctr {' '.join(arguments)}",
    )


def image_digests(tar: Path) -> dict[str, str]:
    """Read which images a docker archive holds.

    Parameters
    ----------
    tar
        A file as ``buildah push NAME docker-archive:FILE:NAME`` or ``docker save`` writes it.

    Returns
    -------
    dict[str, str]
        Image name to the digest of its config, which stays the same however layers are packed.

    Raises
    ------
    ClusterTrouble
        The file is no docker archive.
    """
    with tarfile.open(tar) as archive:
        try:
            manifest = archive.extractfile("manifest.json")
            assert manifest is not None
            digests: dict[str, str] = {}
            for entry in json.load(manifest):
                config = archive.extractfile(entry["Config"])
                assert config is not None
                digest = hashlib.sha256(config.read()).hexdigest()
                digests |= dict.fromkeys(entry["RepoTags"] or [], f"sha256:{digest}")
        except (KeyError, AssertionError) as error:
            raise ClusterTrouble(f"{tar} is no docker archive: {error}") from error
    return digests


def load_image(tar: Path) -> list[str]:
    """Put the images of a docker archive on the node, unless it has them already.

    Into a cluster that isn't ours (`paths.OTHER_CLUSTER`) whoever made it puts the images.

    Parameters
    ----------
    tar
        The docker archive.

    Returns
    -------
    list[str]
        Names under which pods may use the images (with ``imagePullPolicy`` IfNotPresent or Never).
    """
    wanted = image_digests(tar)
    if os.environ.get(paths.OTHER_CLUSTER):
        return list(wanted)
    if any(_digest_on_node(name) != digest for name, digest in wanted.items()):
        ctr("images", "import", str(tar))
    return list(wanted)


def _digest_on_node(name: str) -> str | None:
    # The image's target is its manifest (or an index of one), and the manifest names the config.
    listed = ctr("images", "ls", f"name=={name}").splitlines()[1:]
    if not listed:
        return None
    try:
        document = json.loads(ctr("content", "get", listed[0].split()[2]))
        if "manifests" in document:
            document = json.loads(ctr("content", "get", document["manifests"][0]["digest"]))
        return str(document["config"]["digest"])
    except (ClusterTrouble, KeyError):
        return None
