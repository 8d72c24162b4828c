"""What Kubernetes says of a quota that is used up, in words.

The message is that of Kubernetes' quota admission (apiserver, plugin/resourcequota, ``exceeded
quota: NAME, requested: …, used: …, limited: …``, each a list of ``resource=quantity``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from onyxia_hub.catalogue.quantity import Quantity
from onyxia_hub.catalogue.units import Spoken, Unit
from onyxia_hub.language import Said
from onyxia_hub.quota import Gauge

__all__ = ["gauges_of", "quota_words"]

_EXCEEDED = re.compile(
    r"exceeded quota: [^,]+, requested: (?P<asked>\S+), used: (?P<used>\S+), limited: (?P<all>\S+)"
)
_WORDS = {
    "requests.cpu": (Said("guaranteed CPU"), Unit.CORES),
    "cpu": (Said("guaranteed CPU"), Unit.CORES),
    "limits.cpu": (Said("CPU at most"), Unit.CORES),
    "requests.memory": (Said("guaranteed memory"), Unit.BYTES),
    "memory": (Said("guaranteed memory"), Unit.BYTES),
    "limits.memory": (Said("memory at most"), Unit.BYTES),
    "requests.storage": (Said("storage"), Unit.BYTES),
}
_OPTIONS = {
    "requests.cpu": "cpu_request",
    "cpu": "cpu_request",
    "limits.cpu": "cpu_limit",
    "requests.memory": "memory_request",
    "memory": "memory_request",
    "limits.memory": "memory_limit",
    "requests.storage": "storage",
}
_COUNTED = {
    "pods": Said("services"),
    "count/pods": Said("services"),
    "persistentvolumeclaims": Said("volumes"),
}


def quota_words(message: str) -> str | None:
    """Return which resources are short and by how much: “memory at most: 8 GiB asked for, …”.

    Parameters
    ----------
    message
        Message of the refusal.

    Returns
    -------
    str or None
        ``None`` if the message is not of the known form.
    """
    found = _EXCEEDED.search(message)
    if found is None:
        return None
    asked, used, limits = (_amounts(found[group]) for group in ("asked", "used", "all"))
    return Said.joined(
        "; ",
        [
            Said(
                "{what}: {asked} asked for, {used} of {limit} in use",
                what=_name(resource),
                asked=_say(resource, asked.get(resource)),
                used=_say(resource, used.get(resource)),
                limit=_say(resource, limit),
            )
            for resource, limit in limits.items()
        ],
    )


def gauges_of(status: Mapping[str, object]) -> tuple[Gauge, ...]:
    """Return how much of a quota is used.

    Parameters
    ----------
    status
        ``status`` of a core/v1 ResourceQuota. What is no amount is left out.
    """
    hard, used = status.get("hard"), status.get("used")
    if not isinstance(hard, Mapping):
        return ()
    used = used if isinstance(used, Mapping) else {}
    gauges = []
    for resource, limit in sorted(hard.items()):
        most, now = _value(limit), _value(used.get(resource, "0"))
        if most is not None and now is not None:
            unit = _WORDS[resource][1] if resource in _WORDS else None
            gauges.append(
                Gauge(
                    name=_name(resource),
                    unit=unit,
                    used=now,
                    limit=most,
                    option="gpu" if resource.endswith("/gpu") else _OPTIONS.get(resource),
                )
            )
    return tuple(gauges)


def _value(quantity: object) -> Decimal | None:
    try:
        return Quantity.parse(str(quantity)).value
    except ValueError:
        return None


def _amounts(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(","))
    return {resource: quantity for resource, _, quantity in pairs}


def _name(resource: str) -> str:
    if resource in _WORDS:
        return _WORDS[resource][0]
    plain = resource.removeprefix("requests.")
    return _COUNTED.get(plain, Said("GPUs") if plain.endswith("/gpu") else plain)


def _say(resource: str, quantity: str | None) -> str | Spoken:
    try:
        value = Quantity.parse(quantity or "0").value
    except ValueError:
        return str(quantity)
    if resource in _WORDS:
        return Spoken(value, _WORDS[resource][1]) if value else "0"
    return f"{value.normalize():f}"
