"""How much of what a user may have is used."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from onyxia_hub.catalogue.units import Unit

__all__ = ["Gauge"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """One limit and what is used of it.

    Parameters
    ----------
    name
        What is limited, in English words.
    unit
        What the numbers count; ``None`` for a plain number.
    used, limit
        In the base unit.
    option
        The launch option that takes of it; ``None`` if none does.
    """

    name: str
    unit: Unit | None
    used: Decimal
    limit: Decimal
    option: str | None = None
