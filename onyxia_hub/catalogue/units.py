"""How amounts of CPU, memory and GPUs are written, said and offered."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from onyxia_hub.catalogue.profile import Range
from onyxia_hub.catalogue.quantity import Quantity

__all__ = ["Spoken", "Unit", "ladder", "say", "say_span", "write"]

_BINARY = tuple(
    (f"{prefix}i", Decimal(2) ** (10 * power)) for power, prefix in enumerate("KMGT", 1)
)
_DECIMAL = tuple((prefix, Decimal(10) ** (3 * power)) for power, prefix in enumerate("kMGT", 1))
_SIZES = (*reversed(_BINARY), *reversed(_DECIMAL))
_SMALLEST_CORES = Decimal("0.25")
_FEW_DEVICES = 8
_DASH = "\N{EN DASH}"


class Unit(StrEnum):
    """What a number counts."""

    CORES = "cores"
    BYTES = "bytes"
    DEVICES = "devices"


@dataclass(frozen=True, slots=True)
class Spoken:
    """An amount in a sentence, said in the language of whoever reads that.

    Parameters
    ----------
    value
        In the base unit.
    unit
        What it counts.
    """

    value: Decimal
    unit: Unit

    def in_language(self, language: str) -> str:
        """Return what `say` returns."""
        return say(self.value, self.unit, language)


def write(value: Decimal, unit: Unit) -> str:
    """Return the shortest plain quantity: ``0.5``, ``2``, ``4Gi``, ``10G``.

    Parameters
    ----------
    value
        In the base unit (cores, bytes or devices).
    unit
        What it counts.
    """
    plain = f"{value.normalize():f}"
    if unit is not Unit.BYTES or not value:
        return plain
    candidates = [
        f"{(value / size).normalize():f}{suffix}" for suffix, size in _SIZES if value % size == 0
    ]
    return min([*candidates, plain], key=len)


def say(value: Decimal, unit: Unit, language: str) -> str:
    """Return an amount as people say it: ``0.5 cores``, ``4 GiB``, ``2 GPUs``.

    Parameters
    ----------
    value
        In the base unit.
    unit
        What it counts.
    language
        ``en`` or ``fr``.
    """
    number, word = _spoken(value, unit, language)
    return f"{number} {word}"


def say_span(low: Decimal, high: Decimal, unit: Unit, language: str) -> str:
    """Return a span of amounts as people say it: from half a core to four cores.

    The dash between them is an en dash, as typographers use it for spans.
    """
    first, first_word = _spoken(low, unit, language)
    last, last_word = _spoken(high, unit, language)
    if low == high:
        return f"{last} {last_word}"
    if unit is Unit.BYTES and first_word != last_word:
        return f"{first} {first_word}{_DASH}{last} {last_word}"
    return f"{first}{_DASH}{last} {last_word}"


def ladder(allowed: Range, unit: Unit) -> tuple[Quantity, ...]:
    """Return the amounts to choose from, lowest first.

    The ends and the default of the range, and the powers of two between them (from a quarter of a
    core up); a few devices are counted one by one.

    Parameters
    ----------
    allowed
        The profile's range.
    unit
        What it counts.
    """
    low, high = allowed.min.value, allowed.max.value
    values = {low, high, allowed.default.value}
    if unit is Unit.DEVICES and high - low <= _FEW_DEVICES:
        values.update(low + step for step in range(int(high - low)))
    else:
        step = _SMALLEST_CORES if unit is Unit.CORES else Decimal(1)
        while step < high:
            if step > low:
                values.add(step)
            step *= 2
    return tuple(Quantity(text=write(value, unit), value=value) for value in sorted(values))


def _spoken(value: Decimal, unit: Unit, language: str) -> tuple[str, str]:
    match unit:
        case Unit.CORES:
            words = ("cœur", "cœurs") if language == "fr" else ("core", "cores")
        case Unit.DEVICES:
            words = ("GPU", "GPU") if language == "fr" else ("GPU", "GPUs")
        case Unit.BYTES:
            value, word = _in_bytes(value, language)
            words = (word, word)
    one = value < 2 if language == "fr" else value == 1
    number = f"{value.normalize():f}"
    return number.replace(".", ",") if language == "fr" else number, words[0 if one else 1]


def _in_bytes(value: Decimal, language: str) -> tuple[Decimal, str]:
    """Return the number and its unit: exact in two decimals if a unit allows it."""
    byte = "o" if language == "fr" else "B"
    for suffix, size in _SIZES:
        amount = value / size
        if 1 <= amount < 10_000 and (amount * 100) % 1 == 0:
            return amount, f"{suffix}{byte}"
    for suffix, size in reversed(_BINARY):
        if value >= size:
            return (value / size).quantize(Decimal("0.01"), ROUND_HALF_UP), f"{suffix}{byte}"
    return value, byte
