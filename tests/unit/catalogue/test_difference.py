"""What is saved of a launch: only what differs, and all of that."""

from __future__ import annotations

import pytest

from onyxia_hub.catalogue.difference import difference
from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.catalogue.parse import parse_options
from onyxia_hub.shared import default_profiles

SHIPPED = {profile.slug: profile for profile in load_catalogue(default_profiles())}

CHOSEN = {
    "profile": "trainer",
    "image": "py3-12",
    "cpu_limit": "1500m",
    "memory_request": "2Gi",
    "gpu": "2",
    "storage": "20Gi",
    "keep_storage": True,
    "git_repository": "https://git.example.org/team/project.git",
    "git_branch": "feature/x",
    "init_script": "echo hello\n",
    "vault_secret": "project/database",
    "env": {"LEVEL": "2"},
}


@pytest.mark.parametrize("slug", sorted(SHIPPED))
def test_defaults_are_not_kept(slug):
    profile = SHIPPED[slug]
    asked = {"profile": slug}
    if profile.own_program:
        asked["command"] = "python -m app"
    options = parse_options(
        asked,
        catalogue=load_catalogue(default_profiles()),
        groups=profile.visible_to or (),
        why_unavailable=lambda _: None,
    )
    assert difference(options) == asked


def test_everything_else_is_kept_as_it_was_said(parse):
    assert difference(parse(CHOSEN)) == CHOSEN


@pytest.mark.parametrize("key", sorted(CHOSEN.keys() - {"profile"}))
def test_one_choice_alone_comes_back(parse, key):
    wanted = {"profile": "trainer", key: CHOSEN[key]}
    if key == "git_branch":
        wanted["git_repository"] = CHOSEN["git_repository"]
    kept = difference(parse(wanted))
    assert kept == wanted
    assert parse(kept) == parse(wanted)


def test_what_was_said_but_is_the_default_follows_the_default(parse):
    said = {
        "profile": "notebook",
        "image": "py3-13",
        "cpu_limit": "2000m",
        "memory_limit": "4096Mi",
    }
    assert difference(parse(said)) == {"profile": "notebook"}


def test_an_image_of_ones_own_is_kept_by_its_name(parse):
    own = {"profile": "notebook", "image": "example/notebook:own"}
    assert difference(parse(own)) == own
