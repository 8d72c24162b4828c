"""Values: what is accepted, what is refused and in which words, and where each is described."""

import json
import re
from itertools import pairwise

import pytest
import yaml

from onyxia_hub import __version__
from tests.unit.chart.conftest import CHART
from tests.unit.chart.values_schema import SCHEMA, with_models

# Kubernetes' own shapes below these; the chart passes them on.
PASSED_ON = {"resources", "cluster_roles"}


def _leaves(values, path=""):
    for key, value in values.items():
        if isinstance(value, dict) and value and key not in PASSED_ON:
            yield from _leaves(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


LEAVES = list(_leaves(yaml.safe_load((CHART / "values.yaml").read_text())))


def test_lint_finds_nothing_in_the_chart_and_its_values(chart, values):
    done = chart.run("lint", "--strict", chart.folder, values=values)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "[WARNING]" not in done.stdout


def test_lint_finds_nothing_in_the_default_values(chart):
    assert chart.run("lint", "--strict", chart.folder).returncode == 0


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ((), "imagee"),
        (("image",), "tagg"),
        (("hub",), "resource"),
        (("proxy",), "replicas"),
        (("settings",), "hubb"),
        (("settings", "hub"), "publik_url"),
        (("settings", "kubernetes"), "namespacePrefix"),
        (("settings", "kubernetes", "network_policy"), "enable"),
        (("profiles", "rstudio"), "imagess"),
    ],
)
def test_an_unknown_key_is_refused_by_its_name(chart, minimal, path, key):
    section = minimal
    for part in path:
        section = section.setdefault(part, {})
    section[key] = {}

    refusal = chart.refusal(minimal)

    assert f"'{key}' not allowed" in refusal
    assert f"/{'/'.join(path)}" in refusal


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("service", "type"), "Nodeport"),
        (("service", "nodePort"), 70000),
        (("image", "pullPolicy"), "Sometimes"),
        (("persistence", "size"), "ten"),
        (("settings", "kubernetes", "pod_security"), "none"),
        (("settings", "hub", "platform"), "local"),
        (("extraConfig", "a b"), "pass"),
        (("profiles", "A--b"), {}),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_its_name(chart, minimal, path, value):
    section = minimal
    *parents, last = path
    for part in parents:
        section = section.setdefault(part, {})
    section[last] = value

    assert last in chart.refusal(minimal)


def test_without_a_secret_the_message_names_the_keys_and_the_command(chart, minimal):
    del minimal["existingSecret"]

    refusal = chart.refusal(minimal, namespace="data")

    for key in ("crypt-key", "cookie-secret", "proxy-token", "client-secret", "database-url"):
        assert key in refusal
    assert "kubectl create secret generic onyxia-hub --namespace data" in refusal


@pytest.mark.parametrize(("section", "key"), [("hub", "public_url"), ("oidc", "issuer")])
def test_a_setting_that_only_the_site_knows_is_asked_for(chart, minimal, section, key):
    del minimal["settings"][section][key]

    assert f"settings.{section}.{key} is missing" in chart.refusal(minimal)


@pytest.mark.parametrize("prefix", ["kube-", "def", "onyx"])
def test_a_prefix_that_would_open_a_namespace_of_the_cluster_is_refused(chart, minimal, prefix):
    minimal["settings"]["kubernetes"] = {"namespace_prefix": prefix}

    assert "namespace_prefix" in chart.refusal(minimal)


@pytest.mark.parametrize("namespace", [{}, {"namespace": "onyxia"}])
def test_services_can_not_share_the_namespace_of_the_hubs_secrets(chart, single, namespace):
    single["settings"]["kubernetes"] = {"namespaces": "single", **namespace}

    assert "settings.kubernetes.namespace must name" in chart.refusal(single)


def test_no_role_of_a_service_can_be_cluster_admin(chart, minimal):
    minimal["settings"]["kubernetes"] = {"cluster_roles": {"admin": "cluster-admin"}}

    assert "cluster-admin" in chart.refusal(minimal)


def test_the_schema_knows_every_setting_and_every_key_of_a_profile():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    assert schema == with_models(schema), "run python -m tests.unit.chart.values_schema"


def _undescribed(schema, path=""):
    for name, value in schema.get("properties", {}).items():
        if path + name in {"settings", "profiles"}:
            continue
        if "description" not in value:
            yield path + name
        yield from _undescribed(value, f"{path}{name}.")


def test_the_schema_describes_every_value():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    known = set(schema["properties"]) - {"global"}

    assert list(_undescribed(schema)) == []
    assert known == set(yaml.safe_load((CHART / "values.yaml").read_text()))


@pytest.mark.parametrize("path", LEAVES)
def test_every_value_is_in_the_readme(path):
    assert f"| `{path}` |" in (CHART / "README.md").read_text(encoding="utf-8")


def test_the_readme_names_no_value_that_is_not_there():
    named = re.findall(r"^\| `([^`]+)` \|", (CHART / "README.md").read_text("utf-8"), re.MULTILINE)

    assert set(named) == set(LEAVES)


def test_every_value_has_a_comment_above_it():
    lines = (CHART / "values.yaml").read_text(encoding="utf-8").splitlines()
    below_comment = {
        line.strip().partition(":")[0]
        for above, line in pairwise(lines)
        if above.strip().startswith("#") and not line.strip().startswith("#")
    }

    assert {path.rpartition(".")[2] for path in LEAVES} <= below_comment


def test_the_chart_installs_the_version_it_stands_beside():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert chart["appVersion"] == __version__
    assert chart["kubeVersion"] == ">=1.32.0-0"


def test_the_full_values_of_these_tests_give_every_value(full):
    for path in LEAVES:
        section = full
        for part in path.split("."):
            assert part in section, path
            section = section[part]
