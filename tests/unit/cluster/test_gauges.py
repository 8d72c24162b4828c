"""How much of a quota is used, as the API server tells it."""

from decimal import Decimal

import pytest

from onyxia_hub.catalogue.units import Unit
from onyxia_hub.cluster.quota import gauges_of


def test_each_limit_has_its_name_and_unit():
    status = {
        "hard": {
            "requests.cpu": "8",
            "limits.memory": "16Gi",
            "requests.nvidia.com/gpu": "2",
            "pods": "10",
            "requests.storage": "100Gi",
        },
        "used": {"requests.cpu": "1500m", "limits.memory": "4Gi", "pods": "3"},
    }
    found = {gauge.name: (gauge.unit, gauge.used, gauge.limit) for gauge in gauges_of(status)}
    gib = Decimal(1024**3)
    assert found == {
        "guaranteed CPU": (Unit.CORES, Decimal("1.5"), Decimal(8)),
        "memory at most": (Unit.BYTES, 4 * gib, 16 * gib),
        "GPUs": (None, Decimal(0), Decimal(2)),
        "services": (None, Decimal(3), Decimal(10)),
        "storage": (Unit.BYTES, Decimal(0), 100 * gib),
    }


@pytest.mark.parametrize(
    "status",
    [{}, {"hard": None}, {"hard": []}, {"hard": {"pods": "many"}}, {"hard": {"pods": None}}],
)
def test_what_is_no_amount_is_left_out(status):
    assert gauges_of(status) == ()


def test_before_the_first_launch_nothing_is_used():
    [gauge] = gauges_of({"hard": {"pods": "10"}, "used": None})
    assert (gauge.used, gauge.limit) == (0, 10)
