"""The JSON Schema of a profile file, for editors that check while one types."""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.profile import Profile

__all__ = ["profile_json_schema"]


def profile_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a file in the folder of profiles.

    It says what each key may hold; that ranges are in order and slugs are the files' names is
    checked by `onyxia_hub.catalogue.loader.load_catalogue` alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Profile.model_json_schema(),
        "title": "Onyxia Hub profile",
    }
