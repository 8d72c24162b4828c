"""Stopping services that nobody uses."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from onyxia_hub.settings.section import Section

__all__ = ["CullingSettings"]

_DAY = 24 * 3600


class CullingSettings(Section):
    """When a service that nobody uses is stopped; its volume and its options stay."""

    enabled: bool = Field(default=True, description="`false`: nothing is stopped for being idle.")
    idle_timeout: Annotated[float, Field(ge=10)] | Literal["never"] = Field(
        default=_DAY,
        description="Seconds without activity after which a service is stopped, or `never`; a "
        "profile's own `idle_timeout` goes before it.",
    )
    warn_before: float = Field(
        default=900,
        ge=0,
        le=_DAY,
        description="How many seconds before that its owner is warned on the hub's pages; never "
        "more than half of the limit.",
    )
    check_every: int = Field(
        default=60, ge=1, le=3600, description="Seconds between two looks at all services."
    )
