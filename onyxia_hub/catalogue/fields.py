"""The names of the options of a launch, and what each is about.

They are the same in the REST API's ``user_options``, in the form and in the stock KubeSpawner form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from onyxia_hub.catalogue.profile import Profile, Range
from onyxia_hub.catalogue.units import Unit
from onyxia_hub.language.localised import Localised

__all__ = [
    "FREE_TEXTS",
    "KEEP_CHOICES",
    "KEYS",
    "LABELS",
    "MAY_BE_EMPTY",
    "NUMBERS",
    "OPTIONAL_TEXTS",
    "ROLE_WORDS",
    "UNLISTED",
    "NumberOption",
    "keep_is_a_choice",
]

UNLISTED = "--unlisted-choice"
"""What KubeSpawner's form appends to a key whose value was typed and not chosen."""


@dataclass(frozen=True, slots=True)
class NumberOption:
    """An option that is an amount.

    Parameters
    ----------
    key
        Its name.
    unit
        What it counts.
    range_of
        The profile's range for it; ``None`` if the profile has no such thing.
    """

    key: str
    unit: Unit
    range_of: Callable[[Profile], Range | None]


NUMBERS: Mapping[str, NumberOption] = MappingProxyType(
    {
        option.key: option
        for option in (
            NumberOption("cpu_request", Unit.CORES, lambda p: p.resources.cpu.request),
            NumberOption("cpu_limit", Unit.CORES, lambda p: p.resources.cpu.limit),
            NumberOption("memory_request", Unit.BYTES, lambda p: p.resources.memory.request),
            NumberOption("memory_limit", Unit.BYTES, lambda p: p.resources.memory.limit),
            NumberOption("gpu", Unit.DEVICES, lambda p: p.resources.gpu),
            NumberOption(
                "storage", Unit.BYTES, lambda p: p.persistence.size if p.persistence else None
            ),
        )
    }
)

OPTIONAL_TEXTS: tuple[str, ...] = ("git_repository", "git_branch", "vault_secret")
"""One-line texts that may be left out, and that KubeSpawner's form has too."""

FREE_TEXTS: frozenset[str] = frozenset({"image", *OPTIONAL_TEXTS})
"""The options that may be typed where KubeSpawner's form offers choices."""

MAY_BE_EMPTY: tuple[str, ...] = (
    *OPTIONAL_TEXTS,
    *("s3_prefix", "kubernetes_role", "init_script", "command", "port", "env"),
)
"""What a form submits empty where it is left out."""

KEYS: tuple[str, ...] = (
    *("profile", "image"),
    *NUMBERS,
    "keep_storage",
    *MAY_BE_EMPTY,
)
"""Every option that there is."""

LABELS: Mapping[str, Localised] = MappingProxyType(
    {
        "image": Localised(en="Image", fr="Image"),
        "cpu_request": Localised(en="CPU guaranteed", fr="CPU garanti"),
        "cpu_limit": Localised(en="CPU at most", fr="CPU maximal"),
        "memory_request": Localised(en="Memory guaranteed", fr="Mémoire garantie"),
        "memory_limit": Localised(en="Memory at most", fr="Mémoire maximale"),
        "gpu": Localised(en="GPUs", fr="GPU"),
        "storage": Localised(en="Storage", fr="Stockage"),
        "keep_storage": Localised(
            en="When the service is deleted", fr="À la suppression du service"
        ),
        "git_repository": Localised(en="Git repository", fr="Dépôt Git"),
        "git_branch": Localised(en="Git branch", fr="Branche Git"),
        "vault_secret": Localised(en="Vault secret", fr="Secret Vault"),
        "kubernetes_role": Localised(en="Role in Kubernetes", fr="Rôle dans Kubernetes"),
    }
)
"""How forms call each option that has choices."""

ROLE_WORDS: Mapping[str, Localised] = MappingProxyType(
    {
        "none": Localised(en="none", fr="aucun"),
        "view": Localised(en="view: look at its namespace", fr="view : voir son espace de noms"),
        "edit": Localised(en="edit: change it too", fr="edit : le modifier aussi"),
        "admin": Localised(en="admin: its rights too", fr="admin : ses droits aussi"),
    }
)
"""What a service may do in its namespace, from little to much, and what a form shows."""


KEEP_CHOICES: Mapping[str, tuple[bool, Localised]] = MappingProxyType(
    {
        "false": (False, Localised(en="Delete its volume", fr="Supprimer son volume")),
        "true": (True, Localised(en="Keep its volume", fr="Conserver son volume")),
    }
)
"""What a form submits for ``keep_storage``: what each word means, and what the form shows."""


def keep_is_a_choice(profile: Profile) -> bool:
    """Whether ``keep_storage`` can be chosen: not without a volume, nor for one that is shared."""
    return profile.persistence is not None and profile.persistence.scope == "service"
