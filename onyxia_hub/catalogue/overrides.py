"""What each choice means to KubeSpawner: pure functions from choices to its traits.

Both ways to a launch use them, the stock ``profile_list`` (`onyxia_hub.catalogue.profile_list`) and
the strictly parsed options (`overrides_for`), so that a choice means the same on either.

Secret values never pass here, for traits end up in the pod's spec: neither the user's variables nor
the init script nor a command of the user's own is part of the overrides.

The name of a volume is the spawner's to choose: a stock KubeSpawner shares one among a user's
services (the scope ``user``) only if its ``pvc_name_template`` says so.
"""

from __future__ import annotations

from typing import Any

from onyxia_hub.catalogue.command import fill_for_kubernetes
from onyxia_hub.catalogue.fields import OPTIONAL_TEXTS
from onyxia_hub.catalogue.options import LaunchOptions
from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.catalogue.quantity import Quantity
from onyxia_hub.catalogue.units import Unit, write

__all__ = [
    "TEXT_VARIABLES",
    "image_override",
    "keep_override",
    "literal",
    "number_override",
    "overrides_for",
    "profile_override",
    "text_override",
    "volumes_override",
]

Override = dict[str, Any]

TEXT_VARIABLES = {
    "git_repository": "GIT_REPOSITORY",
    "git_branch": "GIT_BRANCH",
    "vault_secret": "VAULT_RELATIVE_PATH",
}
"""The variable that carries each one-line text, as Onyxia's images read it."""


def profile_override(profile: Profile) -> Override:
    """Return what the profile fixes, whatever the user chooses."""
    override: Override = {
        "cmd": fill_for_kubernetes(profile.command, port=profile.port),
        "port": profile.port,
        "default_url": literal(profile.default_url),
        "environment": {name: literal(value) for name, value in profile.env.items()},
    }
    if profile.node_selector:
        override["node_selector"] = dict(profile.node_selector)
    if profile.tolerations:
        override["tolerations"] = [dict(toleration) for toleration in profile.tolerations]
    if profile.persistence:
        override["storage_pvc_ensure"] = True
        override["storage_access_modes"] = [profile.persistence.access_mode]
        override |= keep_override(profile.persistence.stays)
    return override


def volumes_override(profile: Profile) -> Override:
    """Return the volumes of a profile for a KubeSpawner that adds none itself.

    `overrides_for` leaves them out: this hub's own spawner builds its pods' volumes, the one with
    the credentials among them, and KubeSpawner replaces lists where it merges mappings.
    """
    volumes: list[Override] = []
    mounts: list[Override] = []
    if profile.persistence:
        # KubeSpawner fills in {pvc_name}.
        volumes.append({"name": "work", "persistentVolumeClaim": {"claimName": "{pvc_name}"}})
        mounts.append({"name": "work", "mountPath": profile.persistence.mount})
    if profile.resources.shared_memory:
        size = write(profile.resources.shared_memory.value, Unit.BYTES)
        volumes.append({"name": "shm", "emptyDir": {"medium": "Memory", "sizeLimit": size}})
        mounts.append({"name": "shm", "mountPath": "/dev/shm"})  # noqa: S108  # a mount point
    return {"volumes": volumes, "volume_mounts": mounts} if volumes else {}


def image_override(image: str) -> Override:
    """Return the override for an image's full reference."""
    return {"image": image}


def keep_override(keep: bool) -> Override:
    """Return the override for whether the volume stays when the service is deleted."""
    return {"delete_pvc": not keep}


def number_override(key: str, amount: Quantity, profile: Profile) -> Override:
    """Return the override for one amount.

    Parameters
    ----------
    key
        One of `onyxia_hub.catalogue.fields.NUMBERS`.
    amount
        How much.
    profile
        The profile, which knows the name of its GPU resource.
    """
    value = amount.value
    match key:
        case "cpu_request":
            return {"cpu_guarantee": float(value)}
        case "cpu_limit":
            return {"cpu_limit": float(value)}
        case "memory_request":
            return {"mem_guarantee": int(value)}
        case "memory_limit":
            return {"mem_limit": int(value)}
        case "storage":
            return {"storage_capacity": write(value, Unit.BYTES)}
        case "gpu":
            # Kubernetes sets the request of an extended resource to its limit.
            devices = {profile.resources.gpu_resource: str(int(value))} if value else {}
            return {"extra_resource_limits": devices}
        case _:
            raise ValueError(f"{key} is not an amount")


def text_override(key: str, text: str) -> Override:
    """Return the override for a one-line text.

    Parameters
    ----------
    key
        One of `onyxia_hub.catalogue.fields.OPTIONAL_TEXTS`.
    text
        A text that passed its check (so it holds no brace), or ``{value}`` for KubeSpawner to put
        one in.
    """
    return {"environment": {TEXT_VARIABLES[key]: text}}


def overrides_for(options: LaunchOptions) -> Override:
    """Return all overrides of one launch, merged: KubeSpawner's traits by name.

    Parameters
    ----------
    options
        What `onyxia_hub.catalogue.parse.parse_options` returned.
    """
    parts = [profile_override(options.profile), image_override(options.image)]
    for key in ("cpu_request", "cpu_limit", "memory_request", "memory_limit", "storage"):
        amount = getattr(options, key)
        if amount is not None:
            parts.append(number_override(key, amount, options.profile))
    if options.gpu:
        parts.append(number_override("gpu", Quantity.parse(options.gpu), options.profile))
    if options.keep_storage is not None:
        parts.append(keep_override(options.keep_storage))
    for key in OPTIONAL_TEXTS:
        text = getattr(options, key)
        if text is not None:
            parts.append(text_override(key, text))
    merged: Override = {}
    for part in parts:
        for trait, value in part.items():
            merged[trait] = {**merged.get(trait, {}), **value} if isinstance(value, dict) else value
    return merged


def literal(text: str) -> str:
    """Double the braces of a text that a spawner passes through ``str.format``."""
    return text.replace("{", "{{").replace("}", "}}")
