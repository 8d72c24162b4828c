"""The least options of which the same launch is made: what differs from the profile's defaults.

`onyxia_hub.catalogue.parse.parse_options` is the inverse. What is left out follows the profile,
also when its defaults change later.
"""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.fields import NUMBERS, OPTIONAL_TEXTS, keep_is_a_choice
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.quantity import Quantity

__all__ = ["difference"]

_TEXTS = (*OPTIONAL_TEXTS, "s3_prefix", "init_script", "command")


def difference(options: LaunchOptions) -> dict[str, Any]:
    """Return the options that differ from the defaults, and the profile, as JSON.

    Parameters
    ----------
    options
        What `onyxia_hub.catalogue.parse.parse_options` returned.

    Returns
    -------
    dict
        ``user_options`` as the REST API takes them. An image that the profile offers is its word,
        so that a later tag of it is followed too.
    """
    profile = options.profile
    found: dict[str, Any] = {"profile": profile.slug}
    if options.image != profile.images[0].image:
        words = {image.image: image.name for image in profile.images}
        found["image"] = words.get(options.image, options.image)
    for key, number in NUMBERS.items():
        allowed, chosen = number.range_of(profile), getattr(options, key)
        if allowed is None:
            continue
        amount = Quantity.parse(chosen)
        if amount.value != allowed.default.value:
            found[key] = amount.text
    if (
        profile.persistence
        and keep_is_a_choice(profile)
        and options.keep_storage is not profile.persistence.stays
    ):
        found["keep_storage"] = options.keep_storage
    texts = {key: getattr(options, key) for key in _TEXTS}
    found |= {key: text for key, text in texts.items() if text is not None}
    if options.kubernetes_role != profile.kubernetes_role:
        found["kubernetes_role"] = options.kubernetes_role
    if options.port != profile.port:
        found["port"] = options.port
    if options.env:
        found["env"] = dict(options.env)
    return found
