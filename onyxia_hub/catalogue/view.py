"""What this hub's own launch page shows of a profile: plain JSON, texts in one language."""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.fields import (
    KEEP_CHOICES,
    LABELS,
    NUMBERS,
    ROLE_WORDS,
    NumberOption,
    keep_is_a_choice,
)
from onyxia_hub.catalogue.own_program import HIGHEST_PORT, LOWEST_PORT
from onyxia_hub.catalogue.profile import Profile, Range
from onyxia_hub.catalogue.units import Unit, ladder, say, say_span, write
from onyxia_hub.manifests.roles import roles_up_to

__all__ = ["cost", "view_model"]


def view_model(profile: Profile, *, unavailable: str | None, language: str) -> dict[str, Any]:
    """Return the view model of a profile.

    Parameters
    ----------
    profile
        The profile.
    unavailable
        Why it can't run on this platform, ``None`` if it can.
    language
        ``en`` or ``fr``.

    Returns
    -------
    dict
        ``slug``, ``display_name``, ``description``, ``category``, ``icon``, ``documentation``;
        ``unavailable``; ``gpu`` (whether it takes any); ``images`` and ``free_image`` (a pattern);
        ``ranges`` by option, each with ``min``, ``max``, ``default`` and ``choices`` as values of
        the option; ``keep_storage`` (with ``default`` and ``choices``, ``None`` if it can't be
        chosen); ``persistence`` (``mount`` and ``scope``); ``git``, ``init_script``;
        ``own_program`` (with ``port``, its default, and the ends of its range, ``None`` if the
        profile has a program); ``credentials``; ``kubernetes_role``, and ``kubernetes_roles`` as
        ``keep_storage``, ``None`` if there is but one; ``cost``, one line on CPU, memory and GPUs.
    """
    wishes = profile.credentials
    return {
        "slug": profile.slug,
        "display_name": profile.display_name.in_language(language),
        "description": profile.description.in_language(language),
        "category": profile.category.value,
        "icon": profile.icon,
        "documentation": profile.documentation,
        "unavailable": unavailable,
        "gpu": profile.resources.gpu is not None,
        "images": [
            {
                "name": image.name,
                "display_name": image.display_name.in_language(language),
                "image": image.image,
                "default": place == 0,
            }
            for place, image in enumerate(profile.images)
        ],
        "free_image": profile.free_image.pattern if profile.free_image else None,
        "ranges": {
            option.key: _range(option, allowed, language)
            for option in NUMBERS.values()
            if (allowed := option.range_of(profile)) is not None
        },
        "keep_storage": _keep_storage(profile, language),
        "persistence": profile.persistence
        and profile.persistence.model_dump(include={"mount", "scope"}),
        "git": profile.git,
        "init_script": profile.init_script,
        "own_program": {"port": profile.port, "port_min": LOWEST_PORT, "port_max": HIGHEST_PORT}
        if profile.own_program
        else None,
        "credentials": {
            "s3": wishes.s3,
            "vault": wishes.vault,
            "optional": sorted(wishes.optional),
        },
        "kubernetes_role": profile.kubernetes_role,
        "kubernetes_roles": _roles(profile, language),
        "cost": cost(profile, language=language),
    }


def cost(profile: Profile, *, language: str) -> str:
    """Return what a launch takes by default, from what is guaranteed to what it may reach.

    Parameters
    ----------
    profile
        The profile.
    language
        ``en`` or ``fr``.
    """
    resources = profile.resources
    parts = [
        say_span(pair.request.default.value, pair.limit.default.value, unit, language)
        for pair, unit in ((resources.cpu, Unit.CORES), (resources.memory, Unit.BYTES))
    ]
    if resources.gpu and resources.gpu.default.value:
        parts.append(say(resources.gpu.default.value, Unit.DEVICES, language))
    return ", ".join(parts)


def _range(option: NumberOption, allowed: Range, language: str) -> dict[str, Any]:
    return {
        "label": LABELS[option.key].in_language(language),
        "unit": option.unit.value,
        "min": write(allowed.min.value, option.unit),
        "max": write(allowed.max.value, option.unit),
        "default": write(allowed.default.value, option.unit),
        "choices": [
            {"value": step.text, "display_name": say(step.value, option.unit, language)}
            for step in ladder(allowed, option.unit)
        ],
    }


def _roles(profile: Profile, language: str) -> dict[str, Any] | None:
    roles = roles_up_to(profile.kubernetes_role)
    if len(roles) == 1:
        return None
    return {
        "label": LABELS["kubernetes_role"].in_language(language),
        "default": profile.kubernetes_role,
        "choices": [
            {"value": role, "display_name": ROLE_WORDS[role].in_language(language)}
            for role in roles
        ],
    }


def _keep_storage(profile: Profile, language: str) -> dict[str, Any] | None:
    if profile.persistence is None or not keep_is_a_choice(profile):
        return None
    return {
        "label": LABELS["keep_storage"].in_language(language),
        "default": next(
            word for word, (keep, _) in KEEP_CHOICES.items() if keep is profile.persistence.stays
        ),
        "choices": [
            {"value": word, "display_name": text.in_language(language)}
            for word, (_, text) in KEEP_CHOICES.items()
        ],
    }
