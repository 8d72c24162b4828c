"""Values: what is accepted, what is refused and in which words, and where each is described."""

import json
import re
from itertools import pairwise

import pytest
import yaml

from onyxia_hub import __version__
from tests.unit.chart.conftest import CHART
from tests.unit.chart.values_schema import SCHEMA, complete

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
        (("ingress", "pathType"), "Regex"),
        (("hub", "pdb", "minAvailable"), "half"),
        (("monitoring", "serviceMonitor", "interval"), "often"),
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
    assert "kubectl create secret generic onyxia-site --namespace data" in refusal


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


def test_the_schema_knows_every_setting_every_key_of_a_profile_and_every_comment():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))

    assert schema == complete(schema), "run python -m tests.unit.chart.values_schema"


def _undescribed(schema, path=""):
    for name, value in schema.get("properties", {}).items():
        if not value.get("description"):
            yield path + name
        yield from _undescribed(value, f"{path}{name}.")
        yield from _undescribed(value.get("items", {}), f"{path}{name}[].")


def test_the_schema_describes_every_value_and_every_setting():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    profile = schema["properties"]["profiles"]["additionalProperties"]
    known = set(schema["properties"]) - {"global"}

    for part in (schema, profile, *schema["$defs"].values()):
        assert list(_undescribed(part)) == []
    assert known == set(yaml.safe_load((CHART / "values.yaml").read_text()))


def test_the_readme_names_every_value_once_and_no_other():
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    table = readme[readme.index("\n## Values\n") :]
    named = re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE)

    assert sorted(named) == sorted(LEAVES)


def test_the_same_names_as_in_zero_to_jupyterhub_are_there():
    readme = (CHART / "README.md").read_text(encoding="utf-8")
    (row,) = (line for line in readme.splitlines() if line.startswith("| `fullnameOverride`, "))
    values = yaml.safe_load((CHART / "values.yaml").read_text())

    for path in re.findall(r"`([^`]+)`", row.split("|")[1]):
        section = values
        for part in path.split("."):
            assert part in section, path
            section = section[part]


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
