"""A change of the chart shows in what it renders, and is meant."""

import pytest

from tests.unit.chart.golden import CASES, COMMAND, golden_file, rendered_text


@pytest.mark.parametrize("case", CASES)
def test_the_chart_renders_what_was_last_looked_at(chart, case):
    expected = golden_file(case).read_text(encoding="utf-8")

    assert rendered_text(chart, case) == expected, f"if that is meant: {COMMAND}"


@pytest.mark.parametrize("case", CASES)
def test_the_chart_renders_the_same_twice(chart, case):
    assert rendered_text(chart, case) == rendered_text(chart, case)
