"""The progress events of a launch, as the REST API tells them."""

from __future__ import annotations

import json
from typing import Any

import requests

from tests.support.hub import Person

__all__ = ["told"]


def told(
    person: Person, service: str, *, seconds: float = 90, language: str = "en"
) -> list[dict[str, Any]]:
    """Return the progress events of a launch, as REST tells them, until it ends."""
    events = []
    with requests.get(
        f"{person.url}/hub/api/users/{person.name}/servers/{service}/progress",
        headers={"Authorization": f"token {person.token}", "Accept-Language": language},
        stream=True,
        timeout=seconds,
    ) as answer:
        for line in answer.iter_lines():
            if line.startswith(b"data:"):
                events.append(json.loads(line.removeprefix(b"data:")))
                if events[-1].get("failed") or events[-1].get("ready"):
                    return events
    raise AssertionError(f"the progress ended with {events[-1:]}")
