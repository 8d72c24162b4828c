"""Profiles to test with, made of plain mappings as a YAML file would give them."""

import copy

import pytest

from onyxia_hub.catalogue.loader import Catalogue
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.catalogue.profile import Profile

PLAIN = {
    "slug": "notebook",
    "display_name": {"en": "Notebook", "fr": "Carnet"},
    "description": {"en": "Python <in> the browser.", "fr": "Python dans le navigateur."},
    "icon": "python",
    "category": "ide",
    "images": [
        {"name": "py3-13", "display_name": "Python 3.13", "image": "example/notebook:3.13"},
        {"name": "py3-12", "display_name": "Python 3.12", "image": "example/notebook:3.12"},
    ],
    "free_image": {"pattern": r"^example/notebook:[a-z0-9.]+$"},
    "command": ["notebook", "--port={port}", "--base={prefix}"],
    "prefix": "native",
    "health_path": "/api",
    "resources": {
        "cpu": {
            "request": {"min": "100m", "max": 4, "default": "500m"},
            "limit": {"min": "500m", "max": 8, "default": 2},
        },
        "memory": {
            "request": {"min": "512Mi", "max": "8Gi", "default": "1Gi"},
            "limit": {"min": "1Gi", "max": "16Gi", "default": "4Gi"},
        },
    },
    "persistence": {"size": {"min": "1Gi", "max": "100Gi", "default": "10Gi"}},
    "env": {"TEMPLATE": "{x}"},
}


def changed(base: dict, **changes: object) -> dict:
    """Return a copy with dotted keys (``resources__gpu``) set; ``None`` removes one."""
    content = copy.deepcopy(base)
    for dotted, value in changes.items():
        *parents, last = dotted.split("__")
        section = content
        for parent in parents:
            section = section.setdefault(parent, {})
        if value is None:
            section.pop(last, None)
        else:
            section[last] = value
    return content


@pytest.fixture
def content():
    """The mapping of a profile, changed as asked."""
    return lambda **changes: changed(PLAIN, **changes)


@pytest.fixture
def make_profile():
    """A profile, changed as asked."""
    return lambda **changes: Profile.model_validate(changed(PLAIN, **changes))


@pytest.fixture
def catalogue(make_profile):
    """Plain, with GPU, bare, for some groups only, not available here, with a shared volume."""
    return Catalogue(
        (
            make_profile(),
            make_profile(
                slug="trainer",
                category="gpu",
                resources__gpu={"min": 1, "max": 3, "default": 1},
                resources__shared_memory="10Gi",
                tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists"}],
                node_selector={"gpu": "yes"},
            ),
            make_profile(
                slug="bare",
                free_image=None,
                persistence=None,
                git=False,
                init_script=False,
                credentials={"vault": "off"},
            ),
            make_profile(slug="confidential", visible_to=["geo", "stats"]),
            make_profile(slug="away"),
            make_profile(
                slug="shared",
                visible_to=["teams"],
                persistence__scope="user",
                persistence__access_mode="ReadWriteMany",
            ),
        )
    )


def why_unavailable(profile):
    return "There is no such program here." if profile.slug == "away" else None


@pytest.fixture
def parse(catalogue):
    """Parse options as a member of no group, or of the given ones."""

    def parse(raw, groups=()):
        return parse_options(
            raw, catalogue=catalogue, groups=groups, why_unavailable=why_unavailable
        )

    return parse


@pytest.fixture(name="why_unavailable")
def _why_unavailable():
    return why_unavailable
