"""Entries of the catalogue that can't come good, each for a cause of its own."""

from typing import Any

from tests.cluster import images
from tests.support.empty_registry import PORT

__all__ = ["failing_profiles"]

_AMOUNT = {"min": "100m", "max": "8", "default": "100m"}
_MEMORY = {"min": "64Mi", "max": "2Gi", "default": "128Mi"}


def failing_profiles() -> dict[str, Any]:
    """Return the profiles by slug, as the chart's value ``profiles`` takes them."""
    base = images.tag("base")
    return {
        "broken-image": _profile("Broken image", f"localhost:{PORT}/team/missing:1", "true"),
        "broken-program": _profile("Broken program", base, "no-such-program"),
        "crashing": _profile("Crashing", base, "sh", "-c", "sleep 1; echo the end is near; exit 3"),
        "hungry": _profile(
            "Hungry",
            base,
            *("python3", "-c", "x = []\nwhile True: x.append(bytearray(10 ** 7))"),
            memory={"min": "64Mi", "max": "256Mi", "default": "256Mi"},
        ),
        "nowhere": _profile("Nowhere", base, "sleep", "600")
        | {"node_selector": {"onyxia.test/planet": "mars"}},
    }


def _profile(
    name: str, image: str, *command: str, memory: dict[str, str] | None = None
) -> dict[str, Any]:
    return {
        "display_name": name,
        "description": "Made for tests of failures.",
        "icon": "generic",
        "category": "automation",
        "images": [{"name": "one", "display_name": "One", "image": image}],
        "command": list(command),
        "login": "hub",
        "prefix": "native",
        "health_path": "/api",
        "resources": {
            "cpu": {"request": _AMOUNT, "limit": {**_AMOUNT, "default": "1"}},
            "memory": {
                "request": {**_MEMORY, "max": "256Mi"},
                "limit": memory or {**_MEMORY, "default": "512Mi"},
            },
        },
        "persistence": {"size": {"min": "1Gi", "max": "2Gi", "default": "1Gi"}},
    }
