"""What ``values.schema.json`` says about settings and profiles, taken from the hub's own models.

``python -m tests.unit.chart.values_schema`` writes it into the chart; a test compares the two.
"""

import json
from pathlib import Path
from typing import Any

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.settings import Settings

__all__ = ["SCHEMA", "with_models"]

SCHEMA = Path(__file__).parents[3] / "helm" / "onyxia-hub" / "values.schema.json"


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
    return schema


def _profile() -> dict[str, Any]:
    """Return the keys of a profile; what is below them is merged first and checked by the hub."""
    properties = Profile.model_json_schema()["properties"]
    keys = {
        name: {"description": known["description"]} if "description" in known else {}
        for name, known in properties.items()
        if name != "slug"
    }
    enabled = {"type": "boolean", "description": "`false` drops the profile from the catalogue."}
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {"enabled": enabled, **keys},
    }


def with_models(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the chart's schema with the parts that the hub's models decide.

    Parameters
    ----------
    schema
        The content of ``values.schema.json``.
    """
    settings = _settings()
    definitions = settings.pop("$defs")
    profiles = {**schema["properties"]["profiles"], "additionalProperties": _profile()}
    properties = {**schema["properties"], "settings": settings, "profiles": profiles}
    return {**schema, "properties": properties, "$defs": definitions}


if __name__ == "__main__":
    written = with_models(json.loads(SCHEMA.read_text(encoding="utf-8")))
    SCHEMA.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
