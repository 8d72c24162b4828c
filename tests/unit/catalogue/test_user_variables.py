"""Environment variables that users bring along."""

import math

import pytest

from onyxia_hub.catalogue.variables import RESERVED, check_variables
from onyxia_hub.errors import InvalidOption


def test_values_become_texts():
    checked = check_variables({"A": 1, "B": 1.5, "C": False, "_d": "", "E": "é\n"})

    assert checked == {"A": "1", "B": "1.5", "C": "false", "_d": "", "E": "é\n"}


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "é", "A\n", "A" * 257, 3])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(InvalidOption, match="variable 1 has a name that can't be used"):
        check_variables({name: "x"})


@pytest.mark.parametrize("name", [*sorted(RESERVED), "JUPYTERHUB_USER", "JPY_API_TOKEN"])
def test_a_name_of_the_hub_is_refused(name):
    with pytest.raises(InvalidOption, match="variable 2 has a name that the hub sets itself"):
        check_variables({"FREE": "x", name: "x"})


def test_other_names_of_the_sdks_are_free():
    names = {"AWS_MAX_ATTEMPTS": "3", "VAULT_SKIP_VERIFY": "1"}

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
