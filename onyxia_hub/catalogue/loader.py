"""The catalogue: a folder of profile files, read once and checked at start."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from onyxia_hub.catalogue.profile import Category, Profile
from onyxia_hub.errors import ProfileError
from onyxia_hub.yaml_file import as_settings_error, read_yaml

__all__ = ["Catalogue", "load_catalogue"]

_SHELVES = {category: place for place, category in enumerate(Category)}


@dataclass(frozen=True)
class Catalogue:
    """All profiles of a site, by category and then by slug.

    Parameters
    ----------
    profiles
        The profiles, in any order; no slug comes twice.
    """

    profiles: tuple[Profile, ...]

    def __post_init__(self) -> None:
        ordered = sorted(self.profiles, key=lambda p: (_SHELVES[p.category], p.order, p.slug))
        object.__setattr__(self, "profiles", tuple(ordered))

    def __iter__(self) -> Iterator[Profile]:
        return iter(self.profiles)

    def __len__(self) -> int:
        return len(self.profiles)

    def get(self, slug: str) -> Profile | None:
        """Return the profile with this slug, ``None`` if there is none."""
        return next((profile for profile in self.profiles if profile.slug == slug), None)

    def visible_to(self, groups: Collection[str]) -> tuple[Profile, ...]:
        """Return the profiles that a member of ``groups`` may see and launch."""
        return tuple(profile for profile in self.profiles if profile.is_visible_to(groups))


def load_catalogue(*folders: Path) -> Catalogue:
    """Read every profile file of some folders.

    Files with another ending than ``.yaml`` and hidden files (Kubernetes' ``..data``, editors'
    copies) are left alone; a ``.yml`` file is refused, for it is meant as a profile.

    Parameters
    ----------
    *folders
        The folders; folders inside them are not looked into.

    Raises
    ------
    ProfileError
        Naming file, key and fix, for the first thing wrong.
    """
    profiles: dict[str, Profile] = {}
    places: dict[str, Path] = {}
    for folder in folders:
        for slug, profile in _profiles_in(folder).items():
            if slug in profiles:
                raise ProfileError(
                    file=folder / f"{slug}.yaml",
                    key="slug",
                    problem=f"“{slug}” is the slug of {places[slug] / f'{slug}.yaml'} too",
                    fix="Take one of the two away, or give it another slug and name.",
                )
            profiles[slug], places[slug] = profile, folder
    return Catalogue(tuple(profiles.values()))


def _profiles_in(folder: Path) -> dict[str, Profile]:
    try:
        entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as cause:
        raise ProfileError(
            file=folder,
            key="",
            problem=f"can't be read as a folder of profiles: {cause.strerror}",
            fix="Check the path and its rights.",
        ) from cause
    profiles: dict[str, Profile] = {}
    for file in entries:
        if file.suffix == ".yml":
            raise ProfileError(
                file=file,
                key="",
                problem="has the ending .yml, which is not looked at",
                fix=f"Rename it to {file.stem}.yaml.",
            )
        if file.suffix == ".yaml":
            profile = _read(file)
            if profile.slug in profiles:
                raise ProfileError(
                    file=file,
                    key="slug",
                    problem=f"“{profile.slug}” is the slug of {profile.slug}.yaml too",
                    fix=f"Write slug: {file.stem}.",
                )
            _check_name(file, profile)
            profiles[profile.slug] = profile
    if not profiles:
        raise ProfileError(
            file=folder,
            key="",
            problem="holds no profile",
            fix="Put at least one file named <slug>.yaml there.",
        )
    return profiles


def _read(file: Path) -> Profile:
    content = read_yaml(file, error=ProfileError)
    try:
        return Profile.model_validate(content)
    except ValidationError as cause:
        raise as_settings_error(cause, file=file, error=ProfileError) from cause


def _check_name(file: Path, profile: Profile) -> None:
    if file.stem != profile.slug:
        raise ProfileError(
            file=file,
            key="slug",
            problem=f"“{profile.slug}” is not the file's name",
            fix=f"Rename the file to {profile.slug}.yaml, or write slug: {file.stem}.",
        )
