"""What the cluster's nodes have, of which a message about a place to run needs numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from onyxia_hub.catalogue.quantity import Quantity

__all__ = ["NodeFacts", "amount", "gpus_in"]


@dataclass(frozen=True, slots=True)
class NodeFacts:
    """What one node offers.

    Parameters
    ----------
    allocatable
        Quantity by resource, as the API writes it: what pods can have in all, taken or not.
    labels
        The node's labels.
    taints
        Its taints (core/v1 Taint).
    """

    allocatable: Mapping[str, str]
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, node: Mapping[str, Any]) -> NodeFacts:
        """Return the facts of a node in the API's JSON form.

        Parameters
        ----------
        node
            A core/v1 Node.
        """
        spec, status = node.get("spec") or {}, node.get("status") or {}
        return cls(
            allocatable=status.get("allocatable") or {},
            labels=(node.get("metadata") or {}).get("labels") or {},
            taints=tuple(spec.get("taints") or ()),
        )

    def has(self, resource: str) -> Decimal:
        """Return how much of a resource the node has in all, in the base unit."""
        return amount(self.allocatable.get(resource))

    def carries(self, labels: Mapping[str, str]) -> bool:
        """Return whether the node carries all these labels."""
        return all(self.labels.get(name) == value for name, value in labels.items())

    def lets_in(self, tolerations: Sequence[Mapping[str, Any]]) -> bool:
        """Return whether the node's taints let a pod in that is not there yet.

        Source: core/v1 Toleration; the taint effect ``PreferNoSchedule`` keeps nothing out.
        """
        return all(
            any(_tolerates(toleration, taint) for toleration in tolerations)
            for taint in self.taints
            if taint.get("effect") in {"NoSchedule", "NoExecute"}
        )


def amount(quantity: object) -> Decimal:
    """Return a quantity in the base unit (cores, bytes or devices); 0 for what is none."""
    try:
        return Quantity.parse(quantity).value
    except ValueError:
        return Decimal(0)


def gpus_in(
    nodes: Sequence[NodeFacts], resource: str, node_selector: Mapping[str, str] | None = None
) -> int:
    """Return how many devices of a kind the cluster has, taken or not.

    Parameters
    ----------
    nodes
        All nodes of the cluster.
    resource
        Kubernetes name of the kind, for example ``nvidia.com/gpu``.
    node_selector
        Labels that a node must carry to be counted.
    """
    return int(sum(node.has(resource) for node in nodes if node.carries(node_selector or {})))


def _tolerates(toleration: Mapping[str, Any], taint: Mapping[str, Any]) -> bool:
    if toleration.get("effect") not in {None, "", taint.get("effect")}:
        return False
    if toleration.get("operator") == "Exists" and not toleration.get("key"):
        return True
    if toleration.get("key") != taint.get("key"):
        return False
    return toleration.get("operator") == "Exists" or (
        (toleration.get("value") or "") == (taint.get("value") or "")
    )
