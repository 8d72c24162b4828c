"""What the documentation writes in YAML is what the chart, the hub or a catalogue takes."""

import re

import pytest
import yaml

from onyxia_hub.catalogue.profile import Profile
from onyxia_hub.manifests.names import hub_label
from onyxia_hub.settings import Settings
from onyxia_hub.shared import default_profiles
from tests.support.documentation import ROOT, blocks, pages
from tests.unit.chart.conftest import CHART
from tests.unit.chart.rendered import the

VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
MINIMAL = yaml.safe_load((ROOT / "tests/unit/chart/minimal.yaml").read_text())
# What a settings file can't do without; addresses that nothing asks.
SETTINGS = {
    "hub": {"public_url": "https://hub.example.org", "crypt_key_file": "crypt-key"},
    "oidc": {"issuer": "https://login.example.org", "client_id": "onyxia-hub"},
}


def found():
    for page in pages():
        for number, block in enumerate(blocks(page, "yaml")):
            yield f"{page.relative_to(ROOT)}:{number}", yaml.safe_load(block.text)


BLOCKS = dict(found())


def kind_of(block):
    """Return what a block is: an object of Kubernetes, or part of values, settings or a profile."""
    for kind, keys in {
        "object": {"apiVersion", "kind", "metadata", "spec"},
        "values": VALUES,
        "profile": Profile.model_fields,
        "settings": Settings.model_fields,
    }.items():
        if set(block) <= set(keys):
            return kind
    return None


def of_kind(kind):
    return {name: block for name, block in BLOCKS.items() if kind_of(block) == kind}


def merged(base, over):
    both = {**base, **over}
    for key in base.keys() & over.keys():
        if isinstance(base[key], dict) and isinstance(over[key], dict):
            both[key] = merged(base[key], over[key])
    return both


@pytest.mark.parametrize("name", BLOCKS)
def test_every_block_is_of_a_kind_that_is_checked(name):
    assert kind_of(BLOCKS[name]), sorted(BLOCKS[name])


@pytest.mark.parametrize("name", of_kind("values"))
def test_values_render(chart, name):
    assert chart.render(merged(MINIMAL, BLOCKS[name]))


@pytest.mark.parametrize("name", of_kind("settings"))
def test_settings_are_taken(name, tmp_path):
    Settings.model_validate(merged(SETTINGS, BLOCKS[name]), context={"folder": tmp_path})


@pytest.mark.parametrize("name", of_kind("profile"))
def test_parts_of_a_profile_are_taken(name):
    usual = yaml.safe_load((default_profiles() / "jupyter-python.yaml").read_text())
    Profile.model_validate({**usual, **BLOCKS[name]})


def test_the_label_by_which_pages_select_services_is_the_hubs_own(chart):
    settings = the(chart.render(MINIMAL), "ConfigMap", "-hub")["data"]["settings.yaml"]
    account = yaml.safe_load(settings)["kubernetes"]["hub_service_account"]
    selectors = {
        selector
        for page in pages()
        for selector in re.findall(r"--selector component=(\S+?)[ `]", page.read_text())
    }

    assert selectors == {hub_label(account)}
