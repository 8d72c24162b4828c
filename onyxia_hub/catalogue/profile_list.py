"""The catalogue as KubeSpawner's standard ``profile_list``.

A stock KubeSpawner can show it and launch from it: every choice carries its
``kubespawner_override``. What its mechanism can't express is left to this hub's form and to the
REST API: the user's variables and the init script (texts of several lines, and secret), the command
of a program of the user's own (secret too), a request checked against the limit, and the gateway in
front of programs that know nothing of JupyterHub.

Display names and descriptions are HTML there (kubespawner's templates/form.html inserts them as
they are), so they are escaped; the key ``onyxia`` holds the plain texts for this hub's own form.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from typing import Any

from onyxia_hub.catalogue.fields import (
    KEEP_CHOICES,
    LABELS,
    NUMBERS,
    OPTIONAL_TEXTS,
    NumberOption,
    keep_is_a_choice,
)
from onyxia_hub.catalogue.free_text import PATTERNS
from onyxia_hub.catalogue.overrides import (
    image_override,
    keep_override,
    number_override,
    profile_override,
    text_override,
    volumes_override,
)
from onyxia_hub.catalogue.profile import Profile, Range
from onyxia_hub.catalogue.units import ladder, say
from onyxia_hub.catalogue.view import view_model
from onyxia_hub.language.localised import Localised

__all__ = ["NO_TEXT", "profile_list"]

NO_TEXT = "none"
"""Choice of the stock form that leaves a one-line text out."""

_AWAY = Localised(en="Not available here:", fr="Non disponible ici :")
_NONE = Localised(en="None", fr="Aucun")
_OTHER = Localised(en="Other…", fr="Autre…")
_TYPE_IT = Localised(en="Write it here", fr="À saisir ici")
_NOT_ALLOWED = Localised(
    en="This does not have the form that is allowed.",
    fr="Cette valeur ne suit pas la forme admise.",
)


def profile_list(
    profiles: Iterable[Profile],
    *,
    why_unavailable: Callable[[Profile], str | None],
    language: str = "en",
    gettext: Callable[[str], str] = str,
) -> list[dict[str, Any]]:
    """Return the entries of ``KubeSpawner.profile_list``, each with a view model under ``onyxia``.

    Parameters
    ----------
    profiles
        The profiles that the user may see, in the order to show.
    why_unavailable
        Tells in a sentence why a profile can't run on this platform, ``None`` if it can. Such a
        profile is listed with the sentence, and is never the default.
    language
        ``en`` or ``fr``.
    gettext
        Translates this hub's own form; KubeSpawner hands its template nothing but this list.
    """
    entries = [_entry(profile, why_unavailable(profile), language, gettext) for profile in profiles]
    for entry in entries:
        if entry["onyxia"]["unavailable"] is None:
            entry["default"] = True
            break
    return entries


def _entry(
    profile: Profile, unavailable: str | None, language: str, gettext: Callable[[str], str]
) -> dict[str, Any]:
    description = profile.description.in_language(language)
    if unavailable is not None:
        description += f" ({_AWAY.in_language(language)} {unavailable})"
    return {
        "slug": profile.slug,
        "display_name": escape(profile.display_name.in_language(language)),
        "description": escape(description),
        "kubespawner_override": {**profile_override(profile), **volumes_override(profile)},
        "profile_options": _options(profile, language),
        "onyxia": view_model(profile, unavailable=unavailable, language=language),
        "gettext": gettext,
    }


def _options(profile: Profile, language: str) -> dict[str, Any]:
    options = {"image": _image_option(profile, language)}
    for number in NUMBERS.values():
        allowed = number.range_of(profile)
        if allowed is not None:
            options[number.key] = _number_option(number, allowed, profile, language)
    if keep_is_a_choice(profile):
        options["keep_storage"] = _keep_option(profile, language)
    for key in OPTIONAL_TEXTS:
        wanted = profile.credentials.vault == "on" if key == "vault_secret" else profile.git
        if wanted:
            options[key] = _text_option(key, language)
    return options


def _image_option(profile: Profile, language: str) -> dict[str, Any]:
    option: dict[str, Any] = {
        "display_name": LABELS["image"].in_language(language),
        "choices": {
            image.name: {
                "display_name": escape(image.display_name.in_language(language)),
                "default": place == 0,
                "kubespawner_override": image_override(image.image),
            }
            for place, image in enumerate(profile.images)
        },
    }
    if profile.free_image:
        option["unlisted_choice"] = _unlisted(
            profile.free_image.pattern, image_override("{value}"), language
        )
    return option


def _number_option(
    number: NumberOption, allowed: Range, profile: Profile, language: str
) -> dict[str, Any]:
    return {
        "display_name": LABELS[number.key].in_language(language),
        "choices": {
            step.text: {
                "display_name": say(step.value, number.unit, language),
                "default": step.value == allowed.default.value,
                "kubespawner_override": number_override(number.key, step, profile),
            }
            for step in ladder(allowed, number.unit)
        },
    }


def _keep_option(profile: Profile, language: str) -> dict[str, Any]:
    default = profile.persistence is not None and profile.persistence.stays
    return {
        "display_name": LABELS["keep_storage"].in_language(language),
        "choices": {
            word: {
                "display_name": text.in_language(language),
                "default": keep is default,
                "kubespawner_override": keep_override(keep),
            }
            for word, (keep, text) in KEEP_CHOICES.items()
        },
    }


def _text_option(key: str, language: str) -> dict[str, Any]:
    return {
        "display_name": LABELS[key].in_language(language),
        "choices": {
            NO_TEXT: {
                "display_name": _NONE.in_language(language),
                "default": True,
                "kubespawner_override": {},
            }
        },
        "unlisted_choice": _unlisted(PATTERNS[key], text_override(key, "{value}"), language),
    }


def _unlisted(pattern: str, override: dict[str, Any], language: str) -> dict[str, Any]:
    return {
        "enabled": True,
        "display_name": _TYPE_IT.in_language(language),
        "display_name_in_choices": _OTHER.in_language(language),
        "validation_regex": pattern,
        "validation_message": _NOT_ALLOWED.in_language(language),
        "kubespawner_override": override,
    }
