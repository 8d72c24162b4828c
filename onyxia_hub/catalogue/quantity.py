"""Kubernetes quantities: ``500m``, ``2``, ``1.5``, ``2Gi``, ``500M``.

Source: Kubernetes API conventions, resource.Quantity
(k8s.io/apimachinery/pkg/api/resource/quantity.go).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

__all__ = ["Quantity"]

_SUFFIXES = {
    "": Decimal(1),
    "m": Decimal("0.001"),
    "k": Decimal(10) ** 3,
    "M": Decimal(10) ** 6,
    "G": Decimal(10) ** 9,
    "T": Decimal(10) ** 12,
    "Ki": Decimal(2) ** 10,
    "Mi": Decimal(2) ** 20,
    "Gi": Decimal(2) ** 30,
    "Ti": Decimal(2) ** 40,
}
_PATTERN = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, written as it was given.

    Parameters
    ----------
    text
        The quantity as written, for example ``2Gi``.
    value
        The same in the base unit (cores, bytes or devices).
    """

    text: str
    value: Decimal

    @classmethod
    def parse(cls, raw: object) -> Quantity:
        """Read a quantity from a string or a number.

        Raises
        ------
        ValueError
            If it is not a quantity, or below zero.
        """
        if isinstance(raw, Quantity):
            return raw
        if isinstance(raw, bool) or not isinstance(raw, str | int | float | Decimal):
            raise ValueError(f"{raw!r} is not a quantity, write for example 2, 500m or 2Gi")
        text = str(raw).strip()
        match = _PATTERN.fullmatch(text)
        if match is None:
            raise ValueError(f"“{text[:40]}” is not a quantity, write for example 2, 500m or 2Gi")
        number, suffix = match.groups()
        return cls(text=text, value=Decimal(number) * _SUFFIXES[suffix or ""])

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, {"type": "number"}]}
