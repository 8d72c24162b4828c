"""What ``values.schema.json`` says that is said elsewhere already.

What settings and profiles may hold is taken from the hub's own models, and each value's description
from the comment above it in ``values.yaml``. ``python -m tests.unit.chart.values_schema`` writes
both into the chart; a test compares the two.
"""

import json
import re
from pathlib import Path
from typing import Any

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.settings import Settings

__all__ = ["SCHEMA", "complete"]

SCHEMA = Path(__file__).parents[3] / "helm" / "onyxia-hub" / "values.schema.json"
VALUES = SCHEMA.with_name("values.yaml")
KEY = re.compile(r"^((?:  )*)(\w+):")


def _partial(schema: Any) -> Any:
    """Require nothing: the chart computes a part, and the hub checks the whole at its start."""
    if isinstance(schema, dict):
        return {
            key: _partial(value)
            for key, value in schema.items()
            # `title` repeats the key; `default` would be read as the chart's.
            if not (key in {"required", "title", "default"} and not isinstance(value, dict))
        }
    return [_partial(item) for item in schema] if isinstance(schema, list) else schema


def _settings() -> dict[str, Any]:
    schema = _partial(Settings.model_json_schema())
    del schema["properties"]["local"], schema["$defs"]["LocalSettings"]
    schema["$defs"]["HubSettings"]["properties"]["platform"]["enum"] = ["kubernetes"]
    schema["description"] = "The settings file of the hub, merged over what the chart computes."
    for section in [schema, *schema["$defs"].values()]:
        for key in section.get("properties", {}).values():
            _describe(key, schema["$defs"])
    return schema


def _describe(key: dict[str, Any], definitions: dict[str, Any]) -> None:
    """Let a key that is a section say what the section says of itself."""
    if "description" not in key and "$ref" in key:
        key["description"] = definitions[key["$ref"].rpartition("/")[2]]["description"]


def _profile() -> dict[str, Any]:
    """Return the keys of a profile; what is below them is merged first and checked by the hub."""
    schema = Profile.model_json_schema()
    properties = schema["properties"]
    for known in properties.values():
        _describe(known, schema["$defs"])
    keys = {
        name: {"description": known["description"]}
        for name, known in properties.items()
        if name != "slug"
    }
    enabled = {"type": "boolean", "description": "`false` drops the profile from the catalogue."}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {"enabled": enabled, **keys},
    }


def _comments() -> dict[str, str]:
    """Return the comment above each key of ``values.yaml``, by its dotted path."""
    found: dict[str, str] = {}
    path: list[str] = []
    comment: list[str] = []
    for line in VALUES.read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("#"):
            comment.append(line.strip().removeprefix("#").strip())
            continue
        if key := KEY.match(line):
            path = [*path[: len(key[1]) // 2], key[2]]
            if comment:
                found[".".join(path)] = " ".join(comment)
        comment = []
    return found


def _described(schema: dict[str, Any], path: str, comments: dict[str, str]) -> dict[str, Any]:
    """Return the schema with the comments as descriptions."""
    described = dict(schema)
    if path in comments:
        described["description"] = comments[path]
    if "properties" in schema:
        described["properties"] = {
            name: _described(value, f"{path}.{name}".lstrip("."), comments)
            for name, value in schema["properties"].items()
        }
    return described


def complete(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the chart's schema with all that is said elsewhere.

    Parameters
    ----------
    schema
        The content of ``values.schema.json``.
    """
    settings = _settings()
    definitions = settings.pop("$defs")
    profiles = {**schema["properties"]["profiles"], "additionalProperties": _profile()}
    properties = {**schema["properties"], "profiles": profiles}
    described = _described({**schema, "properties": properties}, "", _comments())
    described["properties"]["settings"] = settings
    return {**described, "$defs": definitions}


if __name__ == "__main__":
    written = complete(json.loads(SCHEMA.read_text(encoding="utf-8")))
    SCHEMA.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
