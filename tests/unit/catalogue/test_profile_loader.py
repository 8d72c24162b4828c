"""A folder of profile files: what is read, and what each mistake says."""

import re
from pathlib import Path

import pytest
import yaml

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.errors import ProfileError


def write(folder: Path, name: str, content: object) -> Path:
    file = folder / name
    file.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return file


def test_profiles_come_by_category_then_by_slug(tmp_path, content):
    for slug, category in (("b", "ide"), ("a", "gpu"), ("c", "ide"), ("d", "database")):
        write(tmp_path, f"{slug}.yaml", content(slug=slug, category=category))

    catalogue = load_catalogue(tmp_path)

    assert [profile.slug for profile in catalogue] == ["b", "c", "a", "d"]
    assert len(catalogue) == 4
    assert catalogue.get("a").category == "gpu"
    assert catalogue.get("nowhere") is None


def test_a_profile_is_visible_to_everybody_or_to_its_groups(tmp_path, content):
    write(tmp_path, "open.yaml", content(slug="open"))
    write(tmp_path, "closed.yaml", content(slug="closed", visible_to=["stats", "geo"]))
    catalogue = load_catalogue(tmp_path)

    assert [p.slug for p in catalogue.visible_to(())] == ["open"]
    assert [p.slug for p in catalogue.visible_to(["geo", "x"])] == ["closed", "open"]


def test_other_files_and_hidden_ones_are_left_alone(tmp_path, content):
    write(tmp_path, "notebook.yaml", content())
    write(tmp_path, "README.md", "not a profile")
    write(tmp_path, ".notebook.yaml", "{")
    (tmp_path / "..data").mkdir()

    assert [profile.slug for profile in load_catalogue(tmp_path)] == ["notebook"]


def test_a_yml_file_is_not_silently_forgotten(tmp_path, content):
    write(tmp_path, "notebook.yml", content())

    with pytest.raises(ProfileError, match=r"notebook\.yml: .*Rename it to notebook\.yaml"):
        load_catalogue(tmp_path)


def test_a_file_must_have_its_slug_as_name(tmp_path, content):
    write(tmp_path, "other.yaml", content())

    with pytest.raises(ProfileError, match=r"slug: “notebook” is not the file's name") as caught:
        load_catalogue(tmp_path)

    assert caught.value.fix == "Rename the file to notebook.yaml, or write slug: other."


def test_two_files_can_not_share_a_slug(tmp_path, content):
    write(tmp_path, "notebook.yaml", content())
    write(tmp_path, "second.yaml", content())

    with pytest.raises(
        ProfileError, match=r"second\.yaml: slug: “notebook” is the slug of notebook\.yaml too"
    ):
        load_catalogue(tmp_path)


def test_several_folders_make_one_catalogue(tmp_path, content):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, slug in ((here, "one"), (there, "two")):
        folder.mkdir()
        write(folder, f"{slug}.yaml", content(slug=slug))

    assert [profile.slug for profile in load_catalogue(here, there)] == ["one", "two"]


def test_a_profile_in_two_folders_is_refused_with_both_places(tmp_path, content):
    files = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        files.append(write(tmp_path / name, "notebook.yaml", content()))

    with pytest.raises(ProfileError, match="Take one of the two away") as caught:
        load_catalogue(tmp_path / "here", tmp_path / "there")

    assert caught.value.file == files[1]
    assert str(files[0]) in caught.value.problem


@pytest.mark.parametrize("make", [Path.mkdir, Path.touch, lambda path: None])
def test_a_folder_that_is_empty_or_missing_or_a_file_is_refused(tmp_path, make):
    folder = tmp_path / "profiles"
    make(folder)

    with pytest.raises(ProfileError) as caught:
        load_catalogue(folder)

    assert caught.value.file == folder
    assert caught.value.fix


@pytest.mark.parametrize(
    ("changes", "key", "problem"),
    [
        ({"images": [{"name": "a", "display_name": "A"}]}, "images[0].image", "is missing"),
        (
            {
                "images": [
                    {"name": "a", "display_name": "A", "image": "a:1"},
                    {"name": "b", "display_name": "B", "image": "b 1"},
                ]
            },
            "images[1].image",
            "pattern",
        ),
        (
            {"images": [{"name": n, "display_name": "A", "image": "a:1"} for n in "aa"]},
            "images",
            "two images have the same name",
        ),
        ({"resources__cpu__limit__max": "lots"}, "resources.cpu.limit.max", "not a quantity"),
        ({"resources__cpu__limit__max": 1}, "resources.cpu.limit", "does not hold"),
        ({"resources__gpu": {"min": 0, "max": 1, "default": "500m"}}, "resources.gpu", "whole"),
        ({"resources__gpus": 1}, "resources.gpus", "is not a known key"),
        ({"slug": "a--b"}, "slug", "pattern"),
        ({"command": ["x", "--at={host}"]}, "command[1]", "unknown placeholder {host}"),
        ({"command": ["sh", "-c", "echo ${HOME}"]}, "command[2]", "{HOME}"),
        ({"command": ["{"]}, "command[0]", "for a brace that stands for itself"),
        ({"local": {"program": "x", "command": ["{user}"]}}, "local.command[0]", "{user}"),
        ({"free_image": {"pattern": "x.*"}}, "free_image.pattern", "start with ^ and end with $"),
        (
            {"discovery": {"consumes": ["mlfow"]}},
            "discovery.consumes[0]",
            "not a word of discovery",
        ),
        ({"env": {"JUPYTERHUB_USER": "x"}}, "env", "is set by the hub itself"),
        ({"env": {"A\n": "x"}}, "env", "is not a name for an environment variable"),
        ({"category": "games"}, "category", "'ide', 'gpu'"),
        ({"display_name": None}, "display_name", "is missing"),
    ],
)
def test_each_mistake_names_file_key_and_fix(tmp_path, content, changes, key, problem):
    file = write(tmp_path, "notebook.yaml", content(**changes))

    with pytest.raises(ProfileError, match=re.escape(problem)) as caught:
        load_catalogue(tmp_path)

    assert caught.value.file == file
    assert caught.value.key == key
    assert caught.value.fix


def test_text_that_is_not_yaml_is_a_profile_error(tmp_path):
    write(tmp_path, "notebook.yaml", "slug: [")

    with pytest.raises(ProfileError, match="is not valid YAML at line 1"):
        load_catalogue(tmp_path)
