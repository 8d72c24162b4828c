"""What a hub remembers of what it watches."""

from __future__ import annotations

import json

import pytest

from onyxia_hub.cluster.kept import Kept, kept

REFERENCE = {"secretKeyRef": {"name": "onyxia-alice--lab", "key": "env.VAULT_TOKEN"}}
POD = {
    "metadata": {
        "name": "onyxia-alice--lab",
        "namespace": "user-alice",
        "managedFields": [{"manager": "hub", "fieldsV1": {"f:spec": {}}}],
    },
    "spec": {
        "nodeName": "node1",
        "containers": [
            {"name": "notebook", "env": [{"name": "VAULT_TOKEN", "valueFrom": REFERENCE}]}
        ],
        "initContainers": [{"name": "first", "env": [{"name": "HOME", "value": "/home/onyxia"}]}],
    },
    "status": {"phase": "Running"},
}


def test_who_wrote_what_and_where_variables_come_from_is_forgotten():
    found = kept(POD)

    assert "managedFields" not in found["metadata"]
    assert found["spec"]["containers"][0]["env"] == [{"name": "VAULT_TOKEN"}]
    assert found["spec"]["initContainers"][0]["env"] == [{"name": "HOME"}]


def test_all_else_stays():
    found = kept(POD)

    assert found["metadata"]["name"] == "onyxia-alice--lab"
    assert found["spec"]["nodeName"] == "node1"
    assert found["spec"]["containers"][0]["name"] == "notebook"
    assert found["status"] == {"phase": "Running"}


def test_what_is_watched_is_not_changed():
    before = json.dumps(POD)

    kept(POD)

    assert json.dumps(POD) == before


def test_equal_texts_of_two_objects_are_one():
    # As they come from the API server, each with texts of its own.
    one, two = (kept(json.loads(json.dumps(POD))) for _ in range(2))

    assert one["spec"]["nodeName"] is two["spec"]["nodeName"]
    assert next(iter(one["spec"])) is next(iter(two["spec"]))
    assert one["spec"]["containers"][0]["env"][0] is two["spec"]["containers"][0]["env"][0]


def test_what_is_put_in_later_is_cut_too():
    pods = Kept({"a/b": POD})
    pods["c/d"] = POD

    assert pods["a/b"] == pods["c/d"] == kept(POD)


@pytest.mark.parametrize(
    "odd",
    [
        {},
        {"metadata": None, "spec": None},
        {"metadata": [], "spec": []},
        {"spec": {"containers": None}},
        {"spec": {"containers": {"name": "x"}}},
        {"spec": {"containers": ["x", None]}},
        {"spec": {"containers": [{"env": "x"}, {"env": None}]}},
    ],
)
def test_what_is_odd_stays_as_it_is(odd):
    assert kept(odd) == odd


def test_variables_that_are_none_are_left_out():
    odd = {"spec": {"containers": [{"env": ["x", None, {"value": "1"}]}]}}

    assert kept(odd)["spec"]["containers"][0]["env"] == [{"name": "None"}]
