"""The catalogue that the chart installs is the catalogue of the files, plus the site's changes."""

import pytest

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.shared import default_profiles
from tests.unit.chart.rendered import the, write_data

SLUGS = [profile.slug for profile in load_catalogue(default_profiles())]
NEW = {
    "display_name": "Tool",
    "description": "A tool.",
    "icon": "python",
    "category": "ide",
    "images": [{"name": "one", "display_name": "One", "image": "example/tool:1"}],
    "command": ["tool", "{port}"],
    "prefix": "stripped",
    "health_path": "/",
    "resources": {
        "cpu": {
            "request": {"min": "100m", "max": 4, "default": 1},
            "limit": {"min": "100m", "max": 4, "default": 2},
        },
        "memory": {
            "request": {"min": "1Gi", "max": 100000000000, "default": "1Gi"},
            "limit": {"min": "1Gi", "max": 100000000000, "default": "1Gi"},
        },
    },
}


@pytest.fixture
def catalogue(chart, minimal, tmp_path):
    def load(profiles):
        objects = chart.render({**minimal, "profiles": profiles})
        return load_catalogue(write_data(the(objects, "ConfigMap", "-profiles"), tmp_path / "p"))

    return load


def test_without_changes_every_profile_is_the_one_of_its_file(catalogue):
    assert catalogue({}).profiles == load_catalogue(default_profiles()).profiles


def test_a_profile_that_goes_through_helms_merge_changes_in_nothing_else(catalogue):
    merged = catalogue({slug: {"order": 7} for slug in SLUGS})

    expected = {
        profile.slug: profile.model_copy(update={"order": 7})
        for profile in load_catalogue(default_profiles())
    }
    assert {profile.slug: profile for profile in merged} == expected


def test_maps_are_merged_and_lists_replaced_and_null_takes_a_key_away(catalogue):
    before = load_catalogue(default_profiles()).get("jupyter-pytorch-gpu")
    image = {"name": "own", "display_name": "Own", "image": "example/own:1"}

    after = catalogue(
        {
            "jupyter-pytorch-gpu": {
                "images": [image],
                "resources": {"gpu": {"max": 8}},
                "git": False,
                "tolerations": [],
                "persistence": None,
            }
        }
    ).get("jupyter-pytorch-gpu")

    assert [choice.image for choice in after.images] == ["example/own:1"]
    assert after.resources.gpu.max.value == 8
    assert after.resources.gpu.min == before.resources.gpu.min
    assert after.resources.cpu == before.resources.cpu
    assert after.git is False
    assert after.tolerations == ()
    assert after.persistence is None


def test_enabled_false_drops_a_profile_and_enabled_true_keeps_it(catalogue):
    kept = catalogue({"rstudio": {"enabled": False}, "jupyter-r": {"enabled": True}})

    assert {profile.slug for profile in kept} == set(SLUGS) - {"rstudio"}


def test_a_catalogue_with_every_profile_dropped_is_refused(chart, minimal):
    dropped = {slug: {"enabled": False} for slug in SLUGS}

    assert "leave at least one" in chart.refusal({**minimal, "profiles": dropped})


def test_a_slug_that_the_catalogue_does_not_have_is_a_new_profile(catalogue):
    profile = catalogue({"tool": NEW}).get("tool")

    assert profile.display_name.en == "Tool"
    assert profile.resources.memory.limit.max.value == 100_000_000_000


# What YAML 1.1, which the hub reads, and Helm's YAML take for something else than text.
WORDS = ["on", "no", "y", "~", "null", "true", "=", "<<", "012", "0o17", "0x1F", "1_000", "1e3"]
WORDS += [".5", "1.", "12:30", "2024-01-01", "- a", "a: b", " x ", "# x", "é😀", "<&>", "{{ x }}"]


def test_words_that_look_like_other_things_stay_words(catalogue):
    env = {f"WORD_{number}": word for number, word in enumerate(WORDS)}

    profiles = catalogue({"tool": {**NEW, "env": env}, "rstudio": {"env": env}})

    assert profiles.get("tool").env == env
    assert profiles.get("rstudio").env == env


def test_large_numbers_and_booleans_in_the_environment_stay_what_they_are(catalogue):
    env = {"PORT": 8888, "BYTES": 12345678901234, "SHARE": 0.25, "FLAG": True}

    profile = catalogue({"tool": {**NEW, "env": env}}).get("tool")

    assert profile.env == {
        "PORT": "8888",
        "BYTES": "12345678901234",
        "SHARE": "0.25",
        "FLAG": "true",
    }


def test_a_packaged_chart_holds_the_profiles_themselves(chart, tmp_path, minimal):
    done = chart.run("package", chart.folder, "--destination", tmp_path)
    assert done.returncode == 0, done.stderr
    (package,) = tmp_path.glob("*.tgz")

    packaged = type(chart)(chart.helm, package)

    assert packaged.render(minimal) == chart.render(minimal)
