"""Shapes of other people's kinds, from the CRDs in their own Go modules."""

import functools
import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

__all__ = ["mistakes"]

FILES = {
    "ServiceMonitor": (
        "github.com/prometheus-operator/prometheus-operator@v0.85.0",
        "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
    ),
    "HTTPRoute": (
        "sigs.k8s.io/gateway-api@v1.4.0",
        "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
    ),
}


def mistakes(item: dict[str, Any]) -> list[str]:
    """Return what the API server would refuse of an object of such a kind.

    Parameters
    ----------
    item
        The object.
    """
    group, _, version = item["apiVersion"].partition("/")
    definition = _definition(item["kind"])
    if definition["spec"]["group"] != group:
        return [f"{group} is not the group of a {item['kind']}"]
    served = {one["name"]: one["schema"] for one in definition["spec"]["versions"] if one["served"]}
    if version not in served:
        return [f"{version} is not served, but {', '.join(served)}"]
    checked = Draft202012Validator(_strict(served[version]["openAPIV3Schema"]))
    return [f"{error.json_path}: {error.message}" for error in checked.iter_errors(item)]


@functools.cache
def _definition(kind: str) -> dict[str, Any]:
    module, path = FILES[kind]
    with tempfile.TemporaryDirectory() as nowhere:
        # Not within a module, whose own go.mod would have a say.
        done = subprocess.run(
            ["go", "mod", "download", "-json", module],
            cwd=nowhere,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    file = Path(json.loads(done.stdout)["Dir"]) / path
    definition: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return definition


def _strict(schema: Any) -> Any:
    """Return the schema as `kubectl` has it checked: with unknown keys refused."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and "additionalProperties" not in schema:
        strict["additionalProperties"] = bool(schema.get("x-kubernetes-preserve-unknown-fields"))
    return strict
