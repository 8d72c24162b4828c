"""The amounts of a launch: CPU, memory, GPUs and storage, checked against the profile's ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from onyxia_hub.catalogue.fields import NUMBERS, NumberOption
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.profile import Profile, Range
from onyxia_hub.catalogue.quantity import Quantity
from onyxia_hub.catalogue.units import Unit, say, say_span, write
from onyxia_hub.catalogue.wording import kind, shown
from onyxia_hub.errors import InvalidOption
from onyxia_hub.language import Said

__all__ = ["Amounts", "amounts_in_words", "amounts_of", "saved_amounts"]

_EXAMPLES = {
    Unit.CORES: Said("Write for example 2 or 500m."),
    Unit.BYTES: Said("Write for example 4Gi or 512Mi."),
    Unit.DEVICES: Said("Write for example 1."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What a service is given of the platform's resources; defaults are filled in.

    Parameters
    ----------
    cpu_request, cpu_limit
        Cores.
    memory_request, memory_limit
        Bytes.
    gpu
        Devices; 0 if the profile takes none.
    storage
        Size of the volume; ``None`` if the profile keeps nothing.
    """

    cpu_request: Quantity
    cpu_limit: Quantity
    memory_request: Quantity
    memory_limit: Quantity
    gpu: int
    storage: Quantity | None


def amounts_in_words(amounts: Amounts, language: str) -> str:
    """Return what a service takes: from what is guaranteed to what it may reach, then GPUs.

    Parameters
    ----------
    amounts
        The amounts.
    language
        ``en`` or ``fr``.
    """
    parts = [
        say_span(amounts.cpu_request.value, amounts.cpu_limit.value, Unit.CORES, language),
        say_span(amounts.memory_request.value, amounts.memory_limit.value, Unit.BYTES, language),
    ]
    if amounts.gpu:
        parts.append(say(Decimal(amounts.gpu), Unit.DEVICES, language))
    return ", ".join(parts)


def amounts_of(values: Mapping[str, object], profile: Profile) -> Amounts:
    """Return the amounts of a launch, the profile's defaults where the options have none.

    Parameters
    ----------
    values
        The options, by their plain names; others than amounts are left alone.
    profile
        The chosen profile.

    Raises
    ------
    InvalidOption
        Naming the option, what is wrong with it, and what to write instead.
    """
    numbers = {key: _number(option, values, profile) for key, option in NUMBERS.items()}
    cpu = _request_and_limit("cpu", Unit.CORES, values, numbers)
    memory = _request_and_limit("memory", Unit.BYTES, values, numbers)
    gpu = numbers["gpu"]
    return Amounts(
        cpu_request=cpu[0],
        cpu_limit=cpu[1],
        memory_request=memory[0],
        memory_limit=memory[1],
        gpu=int(gpu.value) if gpu else 0,
        storage=numbers["storage"],
    )


def saved_amounts(options: object, *, catalogue: Catalogue) -> Amounts | None:
    """Return the amounts of a service from its saved options.

    Parameters
    ----------
    options
        ``user_options`` as JupyterHub keeps them, which may be of any kind.
    catalogue
        All profiles.

    Returns
    -------
    Amounts or None
        ``None`` if they can't be told: the profile is gone, or does not allow them any more.
    """
    slug = options.get("profile") if isinstance(options, Mapping) else None
    profile = catalogue.get(slug) if isinstance(slug, str) else None
    if profile is None or not isinstance(options, Mapping):
        return None
    try:
        return amounts_of(options, profile)
    except InvalidOption:
        return None


def _number(
    option: NumberOption, values: Mapping[str, object], profile: Profile
) -> Quantity | None:
    """Return the amount for one option, the profile's default if it is left out."""
    allowed = option.range_of(profile)
    if option.key not in values:
        return allowed.default if allowed else None
    if allowed is None:
        raise InvalidOption(
            field=option.key,
            problem=(
                Said("can't be chosen, {slug} takes no GPU", slug=profile.slug)
                if option.key == "gpu"
                else Said("can't be chosen, {slug} keeps no storage", slug=profile.slug)
            ),
            fix=Said("Leave it out, or choose another profile."),
        )
    quantity = _quantity(option, values[option.key], allowed)
    span = _span(allowed, option.unit)
    if not allowed.allows(quantity.value):
        low = quantity.value < allowed.min.value
        end = write((allowed.min if low else allowed.max).value, option.unit)
        raise InvalidOption(
            field=option.key,
            problem=(
                Said("{text} is less than {end}", text=shown(quantity.text), end=end)
                if low
                else Said("{text} is more than {end}", text=shown(quantity.text), end=end)
            ),
            fix=span,
        )
    if option.unit is Unit.DEVICES and quantity.value % 1:
        raise InvalidOption(
            field=option.key,
            problem=Said("{text} is not a whole number", text=shown(quantity.text)),
            fix=span,
        )
    return quantity


def _quantity(option: NumberOption, raw: object, allowed: Range) -> Quantity:
    fix = Said.joined(" ", [_EXAMPLES[option.unit], _span(allowed, option.unit)])
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise InvalidOption(field=option.key, problem=Said("is {kind}", kind=kind(raw)), fix=fix)
    try:
        return Quantity.parse(raw)
    except ValueError as cause:
        # An integer of thousands of digits can't even be shown.
        problem = (
            Said("“{text}” is not an amount", text=shown(raw))
            if isinstance(raw, str)
            else Said("the number is not an amount")
        )
        raise InvalidOption(field=option.key, problem=problem, fix=fix) from cause


def _span(allowed: Range, unit: Unit) -> Said:
    low, high = write(allowed.min.value, unit), write(allowed.max.value, unit)
    if low == high:
        return Said("It can only be {low}.", low=low)
    return Said("Choose between {low} and {high}.", low=low, high=high)


def _request_and_limit(
    name: str,
    unit: Unit,
    values: Mapping[str, object],
    numbers: Mapping[str, Quantity | None],
) -> tuple[Quantity, Quantity]:
    """Return both amounts, which a default on either side must not contradict."""
    request_key, limit_key = f"{name}_request", f"{name}_limit"
    request, limit = numbers[request_key], numbers[limit_key]
    assert request is not None  # noqa: S101  # every profile has both ranges
    assert limit is not None  # noqa: S101  # for the type checker
    if request.value <= limit.value:
        return request, limit

    def told(key: str, value: Decimal) -> Said:
        amount = write(value, unit)
        if key in values:
            return Said("{option}, which is {amount}", option=key, amount=amount)
        return Said("{option}, which is {amount} by default", option=key, amount=amount)

    if request_key in values:
        raise InvalidOption(
            field=request_key,
            problem=Said(
                "{text} is more than {told}",
                text=shown(request.text),
                told=told(limit_key, limit.value),
            ),
            fix=Said(
                "Choose at most {amount}, or a higher {limit_key}.",
                amount=write(limit.value, unit),
                limit_key=limit_key,
            ),
        )
    raise InvalidOption(
        field=limit_key,
        problem=Said(
            "{text} is less than {told}",
            text=shown(limit.text),
            told=told(request_key, request.value),
        ),
        fix=Said(
            "Choose at least {amount}, or a lower {request_key}.",
            amount=write(request.value, unit),
            request_key=request_key,
        ),
    )
