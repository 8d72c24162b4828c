"""A hub of this machine whose services are pods on KWOK's nodes, with its real neighbours."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

import psutil
import yaml

from onyxia_hub.demo.identity.passwords import hash_password
from tests.cluster import paths
from tests.cluster.client import kubectl
from tests.load.kwok import LABEL
from tests.support.hub import Person
from tests.support.hub_and_neighbours import HubAndNeighbours
from tests.support.spawning import write_profile

__all__ = ["ACCOUNT", "NAMESPACE", "LoadHub"]

NAMESPACE = "onyxia-load"
#: By which the API server's audit log knows the hub.
ACCOUNT = f"system:serviceaccount:{NAMESPACE}:hub"
# Services for each person; a login is shared by all of them.
_EACH = 10
_LIFE = 900
_AT_ONCE = 40

# KWOK's pods have addresses where nobody listens: one server of this machine answers for all.
_SPAWNER = """
from onyxia_hub.spawner import OnyxiaSpawner


class LoadSpawner(OnyxiaSpawner):
    def _get_pod_url(self, pod):
        return "http://127.0.0.1:{port}"


c.JupyterHub.spawner_class = LoadSpawner
c.OnyxiaSpawner.node_selector = {label!r}
c.OnyxiaSpawner.tolerations = [{{"key": "onyxia.test/kwok", "operator": "Exists"}}]
c.JupyterHub.concurrent_spawn_limit = 0
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
"""


class LoadHub(HubAndNeighbours):
    """The hub.

    Parameters
    ----------
    folder
        Empty folder for its files.
    services
        How many there will be.
    """

    def __init__(self, folder: Path, *, services: int) -> None:
        super().__init__(folder, life=_LIFE, access_token_life=36_000)
        self.services = services
        self._names = [f"user{place}" for place in range(-(-services // _EACH))]
        self._people: list[Person] = []
        self._pods = ThreadingHTTPServer(("127.0.0.1", 0), _Yes)
        self.identity.folder.mkdir(mode=0o700, exist_ok=True)
        self._write_users()
        _make_account()
        write_profile(self.hub.folder / "profiles", "pod")

    def __enter__(self) -> Self:
        threading.Thread(target=self._pods.serve_forever, daemon=True).start()
        return super().__enter__()

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        self._pods.shutdown()
        self._pods.server_close()
        kubectl("delete", "clusterrolebinding", NAMESPACE, "--ignore-not-found")
        kubectl("delete", "namespace", NAMESPACE, "--ignore-not-found", "--wait=false")

    def _write_users(self) -> None:
        with ThreadPoolExecutor() as pool:
            passwords = list(pool.map(hash_password, self._names))
        users = {
            name: {"name": name, "email": f"{name}@example.org", "password": password}
            for name, password in zip(self._names, passwords, strict=True)
        }
        (self.identity.folder / "users.yaml").write_text(yaml.safe_dump({"users": users}))

    def _configure_hub(self) -> None:
        super()._configure_hub()
        folder = self.hub.folder
        file = folder / "settings.yaml"
        settings: dict[str, Any] = yaml.safe_load(file.read_text())
        del settings["local"]
        settings["hub"] |= {
            "platform": "kubernetes",
            "connect_url": self.url,
            "services_per_user": _EACH,
        }
        settings["s3"]["create_bucket"] = False
        settings["s3"]["timeout"] = settings["vault"]["timeout"] = settings["oidc"]["timeout"] = 30
        settings["kubernetes"] = {"namespaces": "single", "namespace": NAMESPACE}
        file.write_text(yaml.safe_dump(settings))
        with (folder / "jupyterhub_config.py").open("a") as config:
            config.write(_SPAWNER.format(port=self._pods.server_port, label=LABEL))
        self.hub.environment["KUBECONFIG"] = str(_kubeconfig(folder))

    # -- what the bench does

    def log_everybody_in(self) -> None:
        """Make all people known."""
        with ThreadPoolExecutor(8) as pool:
            self._people = list(pool.map(self.log_in, self._names))

    def launch_all(self) -> None:
        """Launch all services and wait until each is ready."""
        wanted = [(person, f"s{place}") for person in self._people for place in range(_EACH)][
            : self.services
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            list(pool.map(lambda each: _launch(*each), wanted))

    def renewed(self) -> dict[str, float]:
        """Return how many renewals there were since the hub started, by provider."""
        found = {}
        for line in self.hub.api("GET", "../metrics").text.splitlines():
            for name in ("s3", "vault"):
                if line.startswith(f'onyxia_credentials_renewed_total{{provider="{name}"}}'):
                    found[name] = float(line.split()[-1])
        return found

    def process(self) -> psutil.Process:
        """Return the hub's process."""
        assert self.hub.process is not None
        return psutil.Process(self.hub.process.pid)


def _launch(person: Person, server: str) -> None:
    answer = person.launch(server, profile="pod")
    assert answer.status_code in {201, 202}, answer.text
    person.wait_until_ready(server, seconds=300)


class _Yes(BaseHTTPRequestHandler):
    """Answers for every pod."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def _make_account() -> None:
    items = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
        {
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "hub", "namespace": NAMESPACE},
        },
        {
            # It is the API server's load that is measured, not the hub's rights.
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": NAMESPACE},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "ClusterRole",
                "name": "cluster-admin",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "hub", "namespace": NAMESPACE}],
        },
    ]
    kubectl(
        "apply", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
    )


def _kubeconfig(folder: Path) -> Path:
    """Write what the hub reaches the API server with."""
    token = kubectl("-n", NAMESPACE, "create", "token", "hub", "--duration=4h").strip()
    config = yaml.safe_load(paths.kubeconfig().read_text())
    config["users"] = [{"name": config["users"][0]["name"], "user": {"token": token}}]
    file = folder / "kubeconfig"
    file.write_text(yaml.safe_dump(config))
    file.chmod(0o600)
    return file
