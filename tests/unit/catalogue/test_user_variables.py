"""Environment variables that users bring along."""

import math

import pytest

from onyxia_hub.catalogue.variables import check_variables
from onyxia_hub.errors import InvalidOption


def test_values_become_texts():
    checked = check_variables({"A": 1, "B": 1.5, "C": False, "_d": "", "E": "é\n"})

    assert checked == {"A": "1", "B": "1.5", "C": "false", "_d": "", "E": "é\n"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "é", "A\n", "A" * 201, 3])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidOption, match="variable 1 has a name that can't be used"):
        check_variables({name: "x"})


@pytest.mark.parametrize(
    ("name", "entry"),
    [("AWS_REGION", r"AWS_\*"), ("JPY_API_TOKEN", r"JPY_\*"), ("BASH_ENV", "BASH_ENV")],
)
def test_a_reserved_name_is_refused_by_the_entry_that_reserves_it(name, entry):
    with pytest.raises(InvalidOption, match=rf"variable 2 has a reserved name \({entry}\)"):
        check_variables({"FREE": "x", name: "x"})


def test_what_follows_a_reserved_prefix_is_not_told():
    with pytest.raises(InvalidOption) as caught:
        check_variables({"AWS_hunter2": "x"})
    assert "hunter2" not in caught.value.message


def test_names_of_people_s_own_modules_are_free():
    names = {"PYTHONPATH": "lib", "R_LIBS_USER": "lib", "A" * 200: "x"}

    assert check_variables(names) == names


@pytest.mark.parametrize(
    "value", [None, [], {}, math.nan, math.inf, pytest.param(10**5000, id="huge"), "a\0", "\ud800"]
)
def test_a_value_that_can_not_be_a_variable_is_refused(value):
    with pytest.raises(InvalidOption, match="variable 1 "):
        check_variables({"A": value})


def test_the_number_and_the_size_are_limited():
    assert len(check_variables({f"A{n}": "x" for n in range(100)})) == 100
    with pytest.raises(InvalidOption, match=r"holds 101 variables\. Give at most 100"):
        check_variables({f"A{n}": "x" for n in range(101)})

    assert check_variables({"A": "x" * 65535})
    with pytest.raises(InvalidOption, match=r"takes 65537 bytes in all"):
        check_variables({"A": "é" * 32768})
