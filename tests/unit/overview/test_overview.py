"""Filtering, sorting, adding up and writing a sheet: pure functions of services."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest

from onyxia_hub.errors import FilterRefused
from onyxia_hub.overview.selection import SORTS, Selection
from onyxia_hub.overview.services import Service, State, as_json
from onyxia_hub.overview.sheet import COLUMNS, sheet_of
from onyxia_hub.overview.sums import GpuUse, sums_of

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def service(user="alice", name="lab", *, idle=None, **more):
    given = {
        "display_name": "",
        "profile": "jupyter-python",
        "title": "Jupyter",
        "state": State.RUNNING,
        "last_activity": None if idle is None else NOW - timedelta(seconds=idle),
        "cpu_request": 0.5,
        "memory_request": 2**30,
        "gpu": 0,
    }
    return Service(user=user, name=name, **(given | more))


def selected(services, **parameters):
    found = Selection.of(parameters).apply(services, now=NOW)
    return [f"{each.user}/{each.name}" for each in found]


MANY = [
    service("alice", "lab", idle=60),
    service("alice", "old", state=State.STOPPED, idle=90_000, profile="rstudio", title="RStudio"),
    service("bob", "Deep", idle=7200, profile="torch", title="PyTorch", gpu=2),
    service("carol", "", state=State.STARTING, display_name="Enquête 2026"),
]


def test_without_parameters_all_are_selected_by_user_and_name():
    assert selected(MANY) == ["alice/lab", "alice/old", "bob/Deep", "carol/"]


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ({"user": "alice"}, ["alice/lab", "alice/old"]),
        ({"user": "ali"}, []),
        ({"profile": "torch"}, ["bob/Deep"]),
        ({"state": "stopped"}, ["alice/old"]),
        ({"state": "active"}, ["alice/lab", "bob/Deep", "carol/"]),
        ({"idle_longer_than": "3600"}, ["alice/old", "bob/Deep"]),
        ({"idle_longer_than": "7200"}, ["alice/old"]),
        ({"q": "ENQUÊTE"}, ["carol/"]),
        ({"q": "deep"}, ["bob/Deep"]),
        ({"q": "rstud"}, ["alice/old"]),
        ({"user": "alice", "state": "active", "q": " lab "}, ["alice/lab"]),
    ],
)
def test_a_filter_selects(parameters, found):
    assert selected(MANY, **parameters) == found


@pytest.mark.parametrize("sort", SORTS)
def test_what_has_no_value_comes_last_in_both_directions(sort):
    empty = service("zoe", "none", title="", cpu_request=None, memory_request=None, gpu=None)
    full = [
        service(
            "alice",
            idle=seconds,
            gpu=seconds,
            started=NOW - timedelta(seconds=seconds),
            stops_at=NOW + timedelta(seconds=seconds),
        )
        for seconds in (1, 2)
    ]
    value = SORTS[sort]
    both = [empty, *full]
    for direction in ("", "-"):
        found = Selection.of({"sort": direction + sort}).apply(both, now=NOW)
        assert len(found) == 3
        if value(empty) is None:
            assert found[-1] is empty


def test_the_largest_come_first_with_a_minus():
    assert selected(MANY, sort="-gpu")[0] == "bob/Deep"
    assert selected(MANY, sort="last_activity") == ["alice/old", "bob/Deep", "alice/lab", "carol/"]
    assert selected(MANY, sort="-last_activity")[0] == "alice/lab"
    assert selected(MANY, sort="name") == ["bob/Deep", "carol/", "alice/lab", "alice/old"]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("state", "asleep"),
        ("sort", "password"),
        ("sort", "--user"),
        ("idle_longer_than", "a day"),
        ("idle_longer_than", "-1"),
        ("idle_longer_than", "nan"),
        ("idle_longer_than", "inf"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_refused_by_name(parameter, value):
    with pytest.raises(FilterRefused) as refused:
        Selection.of({parameter: value})
    assert refused.value.jupyterhub_message.startswith(f"{parameter}: ")
    assert refused.value.status_code == 400


def test_sums_are_of_what_holds_resources():
    sums = sums_of(
        [
            *MANY,
            service("bob", "two", gpu=1, cpu_request=2.0),
            service("dan", "strange", cpu_request=None, memory_request=None, gpu=None),
        ]
    )
    assert sums.services == {"running": 4, "starting": 1, "stopping": 0, "stopped": 1}
    assert sums.users == 4
    assert sums.cpu_request == 0.5 * 3 + 2
    assert sums.memory_request == 4 * 2**30
    assert sums.gpu == 3
    assert sums.gpu_by_user == [GpuUse(user="bob", gpu=3, services=2)]
    assert sums.unknown == 1


def test_nothing_adds_up_to_nothing():
    sums = sums_of([])
    assert (sums.users, sums.cpu_request, sums.gpu, sums.gpu_by_user) == (0, 0, 0, [])


def rows(services):
    return list(csv.DictReader(io.StringIO(sheet_of(services, now=NOW))))


def test_a_sheet_has_a_header_and_a_line_for_each_service():
    found = rows(
        [
            service(
                "bob",
                "deep",
                idle=7200,
                gpu=2,
                started=NOW,
                stops_at=NOW,
                problems=("One.", "Two."),
            ),
            service("bob", cpu_request=None, memory_request=None, gpu=None),
        ]
    )
    assert tuple(found[0]) == COLUMNS
    assert found[0]["idle_seconds"] == "7200"
    assert found[0]["memory_request_bytes"] == str(2**30)
    assert found[0]["stops_at"] == "2026-11-25T12:00:00+00:00"
    assert found[0]["problems"] == "One. Two."
    assert (found[1]["gpu"], found[1]["idle_seconds"], found[1]["started"]) == ("", "", "")


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_name_becomes_a_formula(sign):
    nasty = f'{sign}HYPERLINK("http://evil.example","x")'
    found = rows([service(nasty, nasty, display_name=nasty, profile=nasty, problems=(nasty,))])[0]
    for column in ("user", "service", "display_name", "profile", "problems"):
        assert found[column] == f"'{nasty}"


def test_names_with_commas_quotes_and_line_breaks_stay_one_cell():
    name = 'a,"b"\nc; d'
    assert rows([service(display_name=name)])[0]["display_name"] == name


def test_a_service_is_json_with_times_as_text():
    shown = as_json(service(idle=0, problems=("One.",)))
    assert shown["last_activity"] == "2026-11-25T12:00:00+00:00"
    assert shown["state"] == "running"
    assert shown["stops_at"] is None
