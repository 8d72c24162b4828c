"""What the nodes have."""

from decimal import Decimal

import pytest

from onyxia_hub.cluster.gpus import NodeFacts, amount, gpus_in

GPU = "nvidia.com/gpu"


def test_gpus_are_counted_over_the_nodes_with_the_labels():
    nodes = [
        NodeFacts(allocatable={GPU: "4", "cpu": "8"}, labels={"gpu": "a100"}),
        NodeFacts(allocatable={GPU: "2"}, labels={"gpu": "t4"}),
        NodeFacts(allocatable={"cpu": "8"}),
    ]
    assert gpus_in(nodes, GPU) == 6
    assert gpus_in(nodes, GPU, {"gpu": "a100"}) == 4
    assert gpus_in(nodes, GPU, {"gpu": "h100"}) == 0
    assert gpus_in(nodes, "amd.com/gpu") == 0
    assert gpus_in([], GPU) == 0


def test_a_node_is_read_from_the_api_s_json():
    taint = {"key": GPU, "value": "true", "effect": "NoSchedule"}
    node = {
        "metadata": {"labels": {"zone": "a"}},
        "spec": {"taints": [taint]},
        "status": {"allocatable": {"cpu": "3920m", "memory": "16Gi"}, "capacity": {"cpu": "4"}},
    }
    facts = NodeFacts.of(node)
    assert facts.has("cpu") == Decimal("3.92")
    assert facts.has("memory") == 16 * 2**30
    assert facts.carries({"zone": "a"})
    assert not facts.carries({"zone": "a", "gpu": "a100"})
    assert facts.taints == (taint,)


@pytest.mark.parametrize("node", [{}, {"metadata": None, "spec": None, "status": None}])
def test_a_node_of_which_nothing_is_known_has_nothing(node):
    facts = NodeFacts.of(node)
    assert facts.has(GPU) == 0
    assert facts.lets_in([])
    assert facts.carries({})


@pytest.mark.parametrize(
    ("toleration", "lets_in"),
    [
        ({"operator": "Exists"}, True),
        ({"key": GPU, "operator": "Exists", "effect": "NoSchedule"}, True),
        ({"key": GPU, "operator": "Equal", "value": "true"}, True),
        ({"key": GPU, "value": "true", "effect": "NoSchedule"}, True),
        ({"key": GPU, "value": "false"}, False),
        ({"key": GPU, "operator": "Exists", "effect": "NoExecute"}, False),
        ({"key": "other", "operator": "Exists"}, False),
    ],
)
def test_a_taint_keeps_out_whoever_does_not_tolerate_it(toleration, lets_in):
    taint = {"key": GPU, "value": "true", "effect": "NoSchedule"}
    node = NodeFacts(allocatable={}, taints=[taint])
    assert node.lets_in([toleration]) is lets_in
    assert not node.lets_in([])


def test_a_taint_that_only_prefers_keeps_nobody_out():
    taint = {"key": "spot", "effect": "PreferNoSchedule"}
    assert NodeFacts(allocatable={}, taints=[taint]).lets_in([])


@pytest.mark.parametrize("quantity", ["", "many", None, {}, "-1"])
def test_what_is_no_quantity_is_nothing(quantity):
    assert amount(quantity) == 0
