"""What a pod asks of a node, and how that is said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from onyxia_hub.catalogue.units import Spoken, Unit
from onyxia_hub.cluster.gpus import NodeFacts, amount
from onyxia_hub.cluster.observed import ContainerView, PodView
from onyxia_hub.language import Said

__all__ = ["amount_words", "asked_by", "labels_asked_by", "largest", "selector_of", "together"]


def asked_by(pod: PodView) -> Mapping[str, Decimal]:
    """Return how much of each resource a node must have free, in the base units.

    The containers and the sidecars run together; each of the other init containers runs by itself
    before them (Kubernetes documentation, "Sidecar Containers", resource sharing).
    """
    sidecars = [container for container in pod.init_containers if container.is_sidecar]
    asked: dict[str, Decimal] = {}
    for container in [*pod.containers, *sidecars]:
        for resource, value in _requests(container).items():
            asked[resource] = asked.get(resource, Decimal(0)) + value
    for container in pod.init_containers:
        for resource, value in _requests(container).items():
            asked[resource] = max(asked.get(resource, Decimal(0)), value)
    return asked


def amount_words(resource: str, value: Decimal) -> Said:
    """Return an amount as people say it: ``8 CPUs``, ``64 GiB of memory``, ``1 nvidia.com/gpu``."""
    if resource == "memory":
        return Said("{amount} of memory", amount=Spoken(value, Unit.BYTES))
    if resource == "ephemeral-storage":
        return Said("{amount} of disk space", amount=Spoken(value, Unit.BYTES))
    number = f"{value.normalize():f}"
    if resource == "cpu":
        return (
            Said("{number} CPU", number=number)
            if value == 1
            else Said("{number} CPUs", number=number)
        )
    return Said.joined(" ", [number, resource])


def largest(nodes: Iterable[NodeFacts], resource: str) -> Decimal:
    """Return the most of a resource that any of some nodes has in all; 0 without nodes."""
    return max((node.has(resource) for node in nodes), default=Decimal(0))


def selector_of(pod: PodView) -> Mapping[str, str]:
    """Return the labels that its node must carry."""
    selector = pod.spec.get("nodeSelector")
    return selector if isinstance(selector, Mapping) else {}


def labels_asked_by(pod: PodView, nodes: Sequence[NodeFacts]) -> list[str]:
    """Return what a node must carry, in the API's own notation: ``gpu=a100``, ``zone In (a, b)``.

    Parameters
    ----------
    pod
        The pod.
    nodes
        The cluster's nodes, empty if they are not known. A label that some node carries is left out
        if there is another that none carries.
    """
    selector = selector_of(pod)
    missing = [
        f"{name}={value}"
        for name, value in selector.items()
        if not any(node.labels.get(name) == value for node in nodes)
    ]
    if nodes and missing:
        return missing
    return [*(f"{name}={value}" for name, value in selector.items()), *_affinity_words(pod.spec)]


def together(parts: Sequence[str]) -> Said:
    """Return parts of a sentence as one: ``a``, ``a and b``, ``a, b and c``."""
    if len(parts) < 2:
        return Said.joined("", parts)
    return Said("{first} and {last}", first=Said.joined(", ", parts[:-1]), last=parts[-1])


def _either(parts: Sequence[str]) -> Said:
    """Return alternatives as one: ``a``, ``a or b``, ``a, b or c``."""
    if len(parts) < 2:
        return Said.joined("", parts)
    return Said("{first} or {last}", first=Said.joined(", ", parts[:-1]), last=parts[-1])


def _requests(container: ContainerView) -> dict[str, Decimal]:
    resources = container.spec.get("resources")
    asked: dict[str, Decimal] = {}
    if isinstance(resources, Mapping):
        # A request that is not given is the limit.
        for kind in ("limits", "requests"):
            amounts = resources.get(kind)
            if isinstance(amounts, Mapping):
                asked |= {str(name): amount(value) for name, value in amounts.items()}
    return asked


def _affinity_words(spec: Mapping[str, Any]) -> list[str]:
    """Return the required node affinity; its terms are alternatives."""
    node: Any = spec
    for step in ("affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"):
        node = node.get(step) if isinstance(node, Mapping) else None
    terms = node.get("nodeSelectorTerms") if isinstance(node, Mapping) else None
    alternatives = []
    for term in terms if isinstance(terms, list) else []:
        rules = term.get("matchExpressions") if isinstance(term, Mapping) else None
        words = [_rule(rule) for rule in rules or [] if isinstance(rule, Mapping)]
        if words:
            alternatives.append(together(words))
    return [_either(alternatives)] if alternatives else []


def _rule(rule: Mapping[str, Any]) -> str:
    values = rule.get("values")
    shown = f" ({', '.join(map(str, values))})" if isinstance(values, list) and values else ""
    return f"{rule.get('key')} {rule.get('operator')}{shown}"
