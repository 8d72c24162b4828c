"""What all spawners of one hub process share: catalogue, providers, users' namespaces."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import onyxia_hub
from onyxia_hub.catalogue.loader import Catalogue, load_catalogue
from onyxia_hub.cluster.namespace import UserNamespaces
from onyxia_hub.credentials.base import Provider
from onyxia_hub.credentials.s3 import S3Provider
from onyxia_hub.credentials.vault import VaultProvider
from onyxia_hub.settings import HubSettings, Settings

__all__ = [
    "catalogue_in",
    "catalogue_of",
    "default_profiles",
    "providers_of",
    "user_namespaces",
]

_PACKAGE = Path(onyxia_hub.__file__).parent


def default_profiles() -> Path:
    """Return the folder of the catalogue that comes with the package."""
    packaged = _PACKAGE / "_data" / "profiles"
    return packaged if packaged.is_dir() else _PACKAGE.parent / "profiles"


@cache
def catalogue_in(*folders: Path) -> Catalogue:
    """Return the catalogue in some folders, read once.

    Raises
    ------
    onyxia_hub.errors.ProfileError
        Naming file, key and fix.
    """
    return load_catalogue(*folders)


def catalogue_of(settings: HubSettings) -> Catalogue:
    """Return the catalogue of these settings, read once.

    Raises
    ------
    onyxia_hub.errors.ProfileError
        Naming file, key and fix.
    """
    return catalogue_in(settings.profiles or default_profiles(), *settings.more_profiles)


_providers: dict[str, tuple[Provider, ...]] = {}


def providers_of(settings: Settings) -> tuple[Provider, ...]:
    """Return the providers of these settings, the same ones for every spawner of the process.

    The settings' content is the key: their mappings can't be hashed.
    """
    key = settings.model_dump_json(include={"s3", "vault"})
    if key not in _providers:
        made: list[Provider] = []
        if settings.s3 is not None:
            made.append(S3Provider(settings.s3))
        if settings.vault is not None:
            made.append(VaultProvider(settings.vault))
        _providers[key] = tuple(made)
    return _providers[key]


@cache
def user_namespaces() -> UserNamespaces:
    """Return the namespaces that this process has made or checked."""
    return UserNamespaces()
