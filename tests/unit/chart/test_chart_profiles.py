"""The catalogue that the chart installs is the catalogue of the files, plus the site's changes."""

import json

import pytest

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.shared import default_profiles
from tests.unit.chart.rendered import pod_of, the, write_data

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


def test_a_short_catalogue_is_a_short_list(chart, minimal, tmp_path):
    few = {"includeShippedProfiles": False, "profiles": {"mlflow": {}, "rstudio": {"order": 3}}}

    objects = chart.render(minimal | few)

    catalogue = load_catalogue(write_data(the(objects, "ConfigMap", "-profiles"), tmp_path / "p"))
    assert {profile.slug for profile in catalogue} == {"mlflow", "rstudio"}
    assert catalogue.get("rstudio").order == 3


def _folders(objects):
    """Return where the hub looks for profiles, and which ConfigMap is mounted at each place."""
    hub = json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])["hub"]
    spec = pod_of(objects, "hub")["spec"]
    maps = {v["name"]: v["configMap"]["name"] for v in spec["volumes"] if "configMap" in v}
    mounted = {m["mountPath"]: maps.get(m["name"]) for m in spec["containers"][0]["volumeMounts"]}
    return [mounted[folder] for folder in (hub["profiles"], *hub.get("more_profiles", []))]


def test_profiles_of_other_config_maps_are_read_beside_the_charts(chart, minimal):
    more = {"profilesFrom": [{"configMap": "lab"}, {"configMap": "of.another-team"}]}

    assert _folders(chart.render(minimal)) == ["onyxia-profiles"]
    assert _folders(chart.render(minimal | more)) == ["onyxia-profiles", "lab", "of.another-team"]


def test_a_catalogue_may_come_from_other_config_maps_alone(chart, minimal):
    only = {"includeShippedProfiles": False, "profilesFrom": [{"configMap": "lab"}]}

    assert _folders(chart.render(minimal | only)) == ["lab"]


def test_the_profiles_of_two_config_maps_make_one_catalogue(chart, minimal, tmp_path):
    objects = chart.render(minimal | {"profilesFrom": [{"configMap": "lab"}]})
    lab = {"data": {"tool.yaml": json.dumps({"slug": "tool", **NEW})}}
    own = write_data(the(objects, "ConfigMap", "-profiles"), tmp_path / "profiles")

    catalogue = load_catalogue(own, write_data(lab, tmp_path / "lab"))

    assert {profile.slug for profile in catalogue} == {"tool", *SLUGS}


def test_a_config_map_can_not_be_named_twice(chart, minimal):
    twice = {"profilesFrom": [{"configMap": "lab"}, {"configMap": "lab"}]}

    assert "profilesFrom" in chart.refusal(minimal | twice)


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
