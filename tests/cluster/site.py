"""The whole platform on the test cluster: ``python -m tests.cluster.site up|down``.

As a site would install it: cluster, images, identity provider, object storage, Vault, then the hub
by Helm, from this repository's chart and nothing else.
"""

import argparse
import asyncio
import base64
import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.cluster import images, lifecycle, paths
from tests.cluster.client import ctr, kubectl
from tests.cluster.commands import command
from tests.cluster.failing_profiles import failing_profiles
from tests.cluster.neighbours import read_facts, settings_for_hub
from tests.cluster.neighbours.addresses import for_the_cluster
from tests.cluster.neighbours.platform import Platform
from tests.cluster.progress import say
from tests.cluster.trouble import ClusterTrouble

__all__ = ["NAMESPACE", "RELEASE", "URL", "api_token", "helm", "install", "up", "values"]

RELEASE = "onyxia"
NAMESPACE = "onyxia"
_PORT = 30080
URL = for_the_cluster().hub_url
_SECRET = "onyxia-hub-secrets"
_CHART = paths.REPOSITORY / "helm" / "onyxia-hub"
# What a profile of the catalogue is run with here; everything else is as it ships.
_IMAGES = {
    "jupyter-python": "jupyter",
    "jupyter-r": "jupyter",
    "jupyter-pytorch-gpu": "jupyter",
    "vscode-python": "code-server",
    "rstudio": "rstudio-standin",
    "mlflow": "mlflow",
    "label-studio": "label-studio",
    "own-app": "jupyter",
}


def up() -> None:
    """Start all that is not running, and install or upgrade the hub."""
    lifecycle.up()
    images.provide(["base", "hub"])
    asyncio.run(_neighbours().up())
    install()
    # Somebody who waits can log in and look meanwhile: they take minutes the first time.
    say(f"The login page is at {URL}; the images of its services follow.")
    images.provide(list(dict.fromkeys(_IMAGES.values())))
    say(f"Onyxia Hub is ready at {URL} (users: alice/alice, bob/bob, admin/admin)")


def down() -> None:
    """End the neighbours and the cluster, and with it the hub."""
    asyncio.run(_neighbours().down())
    lifecycle.down()


def _neighbours() -> Platform:
    return Platform(
        state=paths.state_dir(),
        cache=paths.cache_dir() / "keycloak",
        addresses=for_the_cluster(),
        say=say,
    )


def install(*files: Path, **changes: dict[str, Any]) -> None:
    """Install the hub by Helm, or upgrade it.

    Parameters
    ----------
    *files
        Further files of values, which go before the site's own.
    **changes
        Sections of the settings, whose keys go before the site's own.

    Raises
    ------
    ClusterTrouble
        If Helm fails; with its own words.
    """
    _make_namespace()
    _write_secret()
    file = paths.state_dir() / "values.yaml"
    wanted = values()
    for section, keys in changes.items():
        wanted["settings"][section] = {**wanted["settings"][section], **keys}
    file.write_text(yaml.safe_dump(wanted, sort_keys=False))
    given = (f"--values={each}" for each in (file, *files))
    helm("upgrade", "--install", RELEASE, str(_CHART), "--wait", *given)


def helm(verb: str, *arguments: str) -> str:
    """Run a command of Helm that may take its time.

    Parameters
    ----------
    verb
        ``upgrade``, ``rollback``, ``test``.
    *arguments
        As after it on a command line.

    Returns
    -------
    str
        What it printed.

    Raises
    ------
    ClusterTrouble
        If Helm fails; with its own words.
    """
    return command(
        *(str(paths.program("helm")), "--kubeconfig", str(paths.kubeconfig())),
        *("--namespace", NAMESPACE, verb, *arguments, "--timeout", "300s"),
        timeout=360,
        shown=f"helm {verb}",
    )


def values() -> dict[str, Any]:
    """Return the chart's values for this site."""
    settings = settings_for_hub(client_secret_file="/etc/onyxia-hub/secrets/client-secret")
    return {
        "image": {"repository": "localhost/onyxia-hub/hub", "tag": "test"},
        # The hub's own keys are made by the chart's Job.
        "siteSecret": _SECRET,
        "secretKeys": {"apiToken": True},
        "service": {"type": "NodePort", "nodePort": _PORT},
        "settings": {
            **settings,
            "hub": {"public_url": URL},
            "culling": {"check_every": 5},
            "kubernetes": {
                "quota": {"requests.cpu": 4, "limits.memory": "200Gi", "pods": 8},
                "limit_range": {"default": {"memory": "512Mi", "cpu": "500m"}},
                "wait_for_room": 15,
                "start_timeout": 120,
            },
        },
        "profiles": {
            **{slug: _profile(slug, image) for slug, image in _IMAGES.items()},
            **failing_profiles(),
            "soon-idle": _soon_idle(),
        },
        # What a pod that changed since then was made from.
        "hub": {"podAnnotations": {"onyxia.test/image": _image_digest("hub")}},
    }


def _profile(slug: str, image: str) -> dict[str, Any]:
    first = {**_shipped(slug)["images"][0], "image": images.tag(image)}
    return {"images": [first]}


def _shipped(slug: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(
        (paths.REPOSITORY / "profiles" / f"{slug}.yaml").read_text()
    )
    return found


def _soon_idle() -> dict[str, Any]:
    """Return Jupyter as it ships, but for how long it may be idle: tests wait for that."""
    whole = {**_shipped("jupyter-python"), **_profile("jupyter-python", "jupyter")}
    del whole["slug"]
    return {**whole, "display_name": "Soon idle", "idle_timeout": 75}


def api_token() -> str:
    """Return the token of the REST API's operator, who administers the hub."""
    data = json.loads(kubectl("-n", NAMESPACE, "get", "secret", _SECRET, "-o", "json"))["data"]
    return base64.b64decode(data["api-token"]).decode()


def _make_namespace() -> None:
    """Make the hub's namespace, which takes no pod that may do more than `restricted`."""
    if not _exists("namespace", NAMESPACE):
        kubectl("create", "namespace", NAMESPACE)
    enforced = (f"pod-security.kubernetes.io/{mode}=restricted" for mode in ("enforce", "warn"))
    kubectl("label", "--overwrite", "namespace", NAMESPACE, *enforced)


def _write_secret() -> None:
    """Make the Secret with what only the site knows, once."""
    if _exists("secret", _SECRET):
        return
    content = {
        "api-token": secrets.token_hex(32),
        "client-secret": read_facts().secret("client_secret_file"),
    }
    manifest = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": _SECRET, "namespace": NAMESPACE},
        "stringData": content,
    }
    kubectl("apply", "-f", "-", input=json.dumps(manifest))


def _exists(kind: str, name: str) -> bool:
    found = kubectl("-n", NAMESPACE, "get", kind, name, "--ignore-not-found", "-o", "name")
    return bool(found.strip())


def _image_digest(name: str) -> str:
    """Return what changes when the image does, though its tag stays; nothing on others' nodes."""
    if paths.OTHER_CLUSTER in os.environ:
        return ""
    # A heading, then: name, type, digest, size and more.
    return ctr("images", "ls", f"name=={images.tag(name)}").splitlines()[1].split()[2]


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m tests.cluster.site", description=__doc__)
    parser.add_argument("command", choices=("up", "down"))
    try:
        up() if parser.parse_args().command == "up" else down()
    except ClusterTrouble as trouble:
        sys.exit(str(trouble))


if __name__ == "__main__":
    main()
