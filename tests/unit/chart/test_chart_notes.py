"""What Helm prints after an installation: the next step, for each way of installing."""

import shutil
from dataclasses import replace

import pytest
import yaml

from tests.support.documentation import HOW_TO, blocks
from tests.unit.chart.conftest import CHART

# `helm template` does not print the notes, so a copy of the chart shows them as an object.
SHOWN = '{{ dict "kind" "Notes" "text" (tpl (.Files.Get "files/NOTES.txt") .) | toJson }}\n'


@pytest.fixture(scope="module")
def notes(chart, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chart") / "onyxia-hub"
    shutil.copytree(CHART, folder)
    (folder / "templates" / "NOTES.txt").rename(folder / "files" / "NOTES.txt")
    (folder / "templates" / "shown.yaml").write_text(SHOWN)
    copy = replace(chart, folder=folder)

    def read(values):
        (shown,) = (item for item in copy.render(values) if item["kind"] == "Notes")
        return shown["text"]

    return read


def test_where_nothing_leads_in_a_way_to_try_it_is_told(notes, minimal):
    text = notes(minimal)

    assert "Nothing outside the cluster leads there yet" in text
    assert "port-forward service/onyxia-proxy-public 8000:80" in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ingress": {"enabled": True}}, "get ingress onyxia\n"),
        (
            {"httpRoute": {"enabled": True, "parentRefs": [{"name": "public"}]}},
            "get httproute onyxia --output",
        ),
        ({"service": {"type": "LoadBalancer"}}, "get service onyxia-proxy-public\n"),
    ],
)
def test_what_leads_in_is_named(notes, minimal, change, said):
    text = notes({**minimal, **change})

    assert said in text
    assert "Nothing outside the cluster" not in text
    assert "port-forward" not in text


def test_made_keys_are_to_be_kept(notes, generated):
    text = notes(generated)

    assert "get secret onyxia-keys --output jsonpath='{.data.crypt-key}'" in text
    assert text.index("crypt-key") < text.index("Wait until it is up")


def test_who_brings_the_keys_is_told_nothing_of_them(notes, minimal):
    assert "crypt-key" not in notes(minimal)


def test_the_next_steps_name_what_is_installed(notes, full):
    text = notes(full)

    assert "https://example.org:8443/hub-of-statistics/hub/oauth_callback" in text
    assert "rollout status deployment/platform-hub" in text


def test_the_documented_values_file_is_short_and_such_as_helm_takes(chart, notes):
    file, *_ = blocks(HOW_TO / "install-on-kubernetes.md", "yaml", below="4. Values, and Helm")
    values = yaml.safe_load(file.text)

    assert len(file.text.splitlines()) <= 30
    # Nobody has a bucket yet.
    assert values["settings"]["s3"]["create_bucket"] is True
    assert chart.run("lint", "--strict", chart.folder, values=values).returncode == 0
    assert "get ingress onyxia\n" in notes(values)
