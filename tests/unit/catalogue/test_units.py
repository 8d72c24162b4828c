"""Amounts, written and said."""

from decimal import Decimal

import pytest

from onyxia_hub.catalogue.profile import Range
from onyxia_hub.catalogue.quantity import Quantity
from onyxia_hub.catalogue.units import Unit, ladder, say, say_span, write


def rungs(low, high, default, unit):
    return [step.text for step in ladder(Range(min=low, max=high, default=default), unit)]


@pytest.mark.parametrize(
    ("given", "unit", "plain", "english", "french"),
    [
        ("500m", Unit.CORES, "0.5", "0.5 cores", "0,5 cœur"),
        ("1", Unit.CORES, "1", "1 core", "1 cœur"),
        ("1.5", Unit.CORES, "1.5", "1.5 cores", "1,5 cœur"),
        ("30", Unit.CORES, "30", "30 cores", "30 cœurs"),
        ("4Gi", Unit.BYTES, "4Gi", "4 GiB", "4 Gio"),
        ("4096Mi", Unit.BYTES, "4Gi", "4 GiB", "4 Gio"),
        ("1.5Gi", Unit.BYTES, "1536Mi", "1.5 GiB", "1,5 Gio"),
        ("10G", Unit.BYTES, "10G", "10 GB", "10 Go"),
        ("100Gi", Unit.BYTES, "100Gi", "100 GiB", "100 Gio"),
        ("123456789", Unit.BYTES, "123456789", "117.74 MiB", "117,74 Mio"),
        ("100", Unit.BYTES, "100", "100 B", "100 o"),
        ("1", Unit.DEVICES, "1", "1 GPU", "1 GPU"),
        ("2", Unit.DEVICES, "2", "2 GPUs", "2 GPU"),
    ],
)
def test_an_amount_is_written_plainly_and_said_in_both_languages(
    given, unit, plain, english, french
):
    value = Quantity.parse(given).value

    assert write(value, unit) == plain
    assert Quantity.parse(plain).value == value
    assert say(value, unit, "en") == english
    assert say(value, unit, "fr") == french


def test_a_span_names_the_unit_once_where_it_can():
    dash = "\N{EN DASH}"

    assert say_span(Decimal("0.5"), Decimal(4), Unit.CORES, "en") == f"0.5{dash}4 cores"
    assert say_span(Decimal(2**29), Decimal(2**31), Unit.BYTES, "fr") == f"512 Mio{dash}2 Gio"
    assert say_span(Decimal(2), Decimal(2), Unit.CORES, "en") == "2 cores"


def test_a_ladder_has_the_ends_the_default_and_powers_of_two():
    assert rungs("100m", 12, 3, Unit.CORES) == [
        "0.1", "0.25", "0.5", "1", "2", "3", "4", "8", "12"
    ]  # fmt: skip
    assert rungs("512Mi", "16Gi", "3Gi", Unit.BYTES) == [
        "512Mi", "1Gi", "2Gi", "3Gi", "4Gi", "8Gi", "16Gi"
    ]  # fmt: skip


def test_few_devices_are_counted_one_by_one():
    assert rungs(0, 3, 1, Unit.DEVICES) == ["0", "1", "2", "3"]
    assert rungs(1, 16, 1, Unit.DEVICES) == ["1", "2", "4", "8", "16"]
    assert rungs(2, 2, 2, Unit.DEVICES) == ["2"]
