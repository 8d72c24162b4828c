"""How to find something in a list of Kubernetes objects."""

from pathlib import Path
from typing import Any

__all__ = ["all_of", "containers_of", "pod_of", "pods_in", "secrets_of", "the", "write_data"]

Manifest = dict[str, Any]


def all_of(objects: list[Manifest], kind: str) -> list[Manifest]:
    """Return the objects of a kind."""
    return [item for item in objects if item["kind"] == kind]


def the(objects: list[Manifest], kind: str, ending: str) -> Manifest:
    """Return the one object of a kind whose name has this ending."""
    (found,) = (o for o in all_of(objects, kind) if o["metadata"]["name"].endswith(ending))
    return found


def pod_of(objects: list[Manifest], component: str) -> Manifest:
    """Return the pod template of a Deployment."""
    return the(objects, "Deployment", f"-{component}")["spec"]["template"]


def pods_in(objects: list[Manifest]) -> dict[str, Manifest]:
    """Return everything that is or makes a pod: metadata and spec, by kind and name."""
    found = {}
    for item in objects:
        pod = item if item["kind"] == "Pod" else item.get("spec", {}).get("template")
        if pod is not None:
            found[f"{item['kind']} {item['metadata']['name']}"] = pod
    return found


def containers_of(pod: Manifest) -> list[Manifest]:
    """Return all containers of a pod, those that run first too."""
    return [*pod["spec"].get("initContainers", []), *pod["spec"]["containers"]]


def secrets_of(objects: list[Manifest]) -> list[tuple[str, str]]:
    """Return the name of a Secret and the key, for each file of the hub's folder of secrets."""
    volumes = pod_of(objects, "hub")["spec"]["volumes"]
    (volume,) = (item["projected"] for item in volumes if item["name"] == "secrets")
    return [
        (source["secret"]["name"], item["key"])
        for source in volume["sources"]
        for item in source["secret"]["items"]
    ]


def write_data(config_map: Manifest, folder: Path) -> Path:
    """Write a ConfigMap's data as files, as a volume shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in config_map["data"].items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
