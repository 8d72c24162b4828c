"""Launch options, read strictly: what is not understood is refused, never replaced by a default.

KubeSpawner's own check (kubespawner/spawner.py, ``_validate_user_options``) lets unknown keys pass,
takes the default profile when none is named, and matches typed values with ``re.match``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping

from onyxia_hub.catalogue.amounts import amounts_of
from onyxia_hub.catalogue.fields import (
    FREE_TEXTS,
    KEEP_CHOICES,
    KEYS,
    UNLISTED,
    keep_is_a_choice,
)
from onyxia_hub.catalogue.free_text import CHECKS, check_script, text_of
from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.own_program import command_of, port_of
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.variables import check_variables
from onyxia_hub.catalogue.wording import kind, listed, nearest, shown
from onyxia_hub.errors import (
    InvalidOption,
    ProfileForbidden,
    ProfileUnavailable,
    ProfileUnknown,
)
from onyxia_hub.language import Said
from onyxia_hub.manifests.roles import roles_up_to

__all__ = ["parse_options"]

_LONGEST_IMAGE = 512


def parse_options(
    raw: Mapping[str, object],
    *,
    catalogue: Catalogue,
    groups: Collection[str],
    why_unavailable: Callable[[Profile], str | None],
) -> LaunchOptions:
    """Return the complete, checked options of a launch.

    Parameters
    ----------
    raw
        ``user_options``, as the REST API or the form gave them.
    catalogue
        All profiles.
    groups
        The user's groups.
    why_unavailable
        Tells in a sentence why a profile can't run on this platform, ``None`` if it can.

    Raises
    ------
    InvalidOption
        Naming the option, what is wrong with it, and what to write instead.
    ProfileUnknown, ProfileForbidden, ProfileUnavailable
        If the profile can't be launched.
    """
    values = _known(raw)
    profile = _profile(values, catalogue, groups)
    why = why_unavailable(profile)
    if why is not None:
        raise ProfileUnavailable(slug=profile.slug, why=why)
    amounts = amounts_of(values, profile)
    texts = {key: _optional_text(key, values, profile) for key in CHECKS}
    if texts["git_branch"] and not texts["git_repository"]:
        raise InvalidOption(
            field="git_branch",
            problem=Said("is given without git_repository"),
            fix=Said("Give the repository too, or leave the branch out."),
        )
    return LaunchOptions(
        profile=profile,
        image=_image(values, profile),
        cpu_request=amounts.cpu_request,
        cpu_limit=amounts.cpu_limit,
        memory_request=amounts.memory_request,
        memory_limit=amounts.memory_limit,
        gpu=amounts.gpu,
        storage=amounts.storage,
        keep_storage=_keep_storage(values, profile),
        git_repository=texts["git_repository"],
        git_branch=texts["git_branch"],
        init_script=_script(values, profile),
        command=command_of(values, profile),
        port=port_of(values, profile),
        vault_secret=texts["vault_secret"],
        s3_prefix=texts["s3_prefix"],
        kubernetes_role=_role(values, profile),
        env=check_variables(values["env"]) if values.get("env", "") != "" else {},
    )


def _known(raw: object) -> dict[str, object]:
    """Return the options under their plain names."""
    if not isinstance(raw, Mapping):
        raise InvalidOption(
            field="user_options",
            problem=Said("is {kind}", kind=kind(raw)),
            fix=Said('Write a mapping, for example {{"profile": "jupyter-python"}}.'),
        )
    values: dict[str, object] = {}
    for key, value in raw.items():
        text = key if isinstance(key, str) else ""
        name = text.removesuffix(UNLISTED)
        if name not in KEYS or (name != text and name not in FREE_TEXTS):
            close = nearest(name, KEYS)
            raise InvalidOption(
                field=shown(text) or "user_options",
                problem=Said("is not an option"),
                fix=Said("Did you mean {close}?", close=close)
                if close
                else Said("The options are {choices}.", choices=listed(KEYS)),
            )
        if name in values:
            raise InvalidOption(
                field=name,
                problem=Said(
                    "is given both as {name} and as {name}{unlisted}", name=name, unlisted=UNLISTED
                ),
                fix=Said("Keep one of them."),
            )
        values[name] = value
    return values


def _profile(
    values: Mapping[str, object], catalogue: Catalogue, groups: Collection[str]
) -> Profile:
    choices = listed(profile.slug for profile in catalogue.visible_to(groups))
    slug = values.get("profile", "")
    if slug == "":
        raise InvalidOption(
            field="profile",
            problem=Said("is empty") if "profile" in values else Said("is missing"),
            fix=Said("Choose one of: {choices}.", choices=choices),
        )
    if not isinstance(slug, str):
        raise InvalidOption(
            field="profile",
            problem=Said("is {kind}", kind=kind(slug)),
            fix=Said("Choose one of: {choices}.", choices=choices),
        )
    profile = catalogue.get(slug)
    if profile is None:
        raise ProfileUnknown(slug=shown(slug), choices=choices)
    if not profile.is_visible_to(groups):
        raise ProfileForbidden(slug=profile.slug, groups=listed(sorted(profile.visible_to)))
    return profile


def _keep_storage(values: Mapping[str, object], profile: Profile) -> bool | None:
    """Return whether the volume stays when the service is deleted; forms send a text."""
    if "keep_storage" not in values:
        return profile.persistence.stays if profile.persistence else None
    if not keep_is_a_choice(profile):
        raise InvalidOption(
            field="keep_storage",
            problem=(
                Said(
                    "can't be chosen, {slug} always keeps the volume that your services share",
                    slug=profile.slug,
                )
                if profile.persistence
                else Said("can't be chosen, {slug} keeps no storage", slug=profile.slug)
            ),
            fix=Said("Leave it out, or choose another profile."),
        )
    value = values["keep_storage"]
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in KEEP_CHOICES:
        return KEEP_CHOICES[value][0]
    raise InvalidOption(
        field="keep_storage",
        problem=(
            Said("“{text}” is neither true nor false", text=shown(value))
            if isinstance(value, str)
            else Said("is {kind}", kind=kind(value))
        ),
        fix=Said(
            "Write true to keep the volume when the service is deleted, false to delete it too."
        ),
    )


def _image(values: Mapping[str, object], profile: Profile) -> str:
    if "image" not in values:
        return profile.images[0].image
    names = listed(image.name for image in profile.images)
    free = profile.free_image
    fix = (
        Said(
            "Choose one of: {names}, or write an image that matches {pattern}",
            names=names,
            pattern=free.pattern,
        )
        if free
        else Said("Choose one of: {names}.", names=names)
    )
    value = values["image"]
    if not isinstance(value, str):
        raise InvalidOption(field="image", problem=Said("is {kind}", kind=kind(value)), fix=fix)
    for image in profile.images:
        if value in (image.name, image.image):
            return image.image
    if not value:
        raise InvalidOption(field="image", problem=Said("is empty"), fix=fix)
    if len(value) > _LONGEST_IMAGE or not value.isprintable() or " " in value:
        raise InvalidOption(
            field="image",
            problem=Said("“{text}” is not the name of an image", text=shown(value)),
            fix=fix,
        )
    if free is None:
        raise InvalidOption(
            field="image",
            problem=Said("“{text}” is not offered by {slug}", text=shown(value), slug=profile.slug),
            fix=fix,
        )
    if not re.fullmatch(free.pattern, value):
        raise InvalidOption(
            field="image",
            problem=Said("“{text}” is not allowed by {slug}", text=shown(value), slug=profile.slug),
            fix=fix,
        )
    return value


def _optional_text(key: str, values: Mapping[str, object], profile: Profile) -> str | None:
    """Return a one-line text; forms send an empty one for what was left out."""
    text = text_of(key, values.get(key, ""))
    if not text:
        return None
    why = _why_no_text(key, profile)
    if why is not None:
        raise InvalidOption(
            field=key, problem=why, fix=Said("Leave it out, or choose another profile.")
        )
    return CHECKS[key](text)


def _why_no_text(key: str, profile: Profile) -> Said | None:
    wishes, slug = profile.credentials, profile.slug
    if key.startswith("git_") and not profile.git:
        return Said("can't be given, {slug} clones no repository", slug=slug)
    if key == "vault_secret" and wishes.vault == "off":
        return Said("can't be given, {slug} gets no access to Vault", slug=slug)
    if key == "s3_prefix" and wishes.s3 == "off":
        return Said("can't be given, {slug} gets no access to S3", slug=slug)
    return None


def _role(values: Mapping[str, object], profile: Profile) -> str:
    """Return what the service may do in its namespace: never more than its profile says."""
    role = values.get("kubernetes_role", "")
    if role == "":
        return profile.kubernetes_role
    choices = roles_up_to(profile.kubernetes_role)
    if isinstance(role, str) and role in choices:
        return role
    raise InvalidOption(
        field="kubernetes_role",
        problem=(
            Said("“{text}” is not a role that {slug} may have", text=shown(role), slug=profile.slug)
            if isinstance(role, str)
            else Said("is {kind}", kind=kind(role))
        ),
        fix=Said("Choose one of: {choices}.", choices=listed(choices)),
    )


def _script(values: Mapping[str, object], profile: Profile) -> str | None:
    script = check_script(values.get("init_script", ""))
    if not script:
        return None
    if not profile.init_script:
        raise InvalidOption(
            field="init_script",
            problem=Said("can't be given, {slug} runs no script of yours", slug=profile.slug),
            fix=Said("Leave it out, or choose another profile."),
        )
    return script
