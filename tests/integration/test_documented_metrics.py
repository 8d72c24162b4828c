"""The metrics that docs/how-to/monitor.md and the dashboard name are those of a running hub."""

import json
import re

import pytest
import requests
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.support.documentation import HOW_TO, ROOT, blocks
from tests.support.hub_and_neighbours import HubAndNeighbours
from tests.support.lone_hub import OPERATOR

PAGE = HOW_TO / "monitor.md"
DASHBOARD = json.loads((ROOT / "helm/dashboards/onyxia-hub.json").read_text())
# A metric always has its braces in what we write, so that it can't be taken for a function.
METRIC = re.compile(r"([a-z_]+)\{([^}]*)\}")
BY = re.compile(r"\bby \(([^)]*)\)")
# Prometheus adds these itself.
OF_PROMETHEUS = {"job"}
TOKEN = "only-for-the-metrics-of-a-hub"


def texts(language):
    return [block.text for block in blocks(PAGE, language)]


VALUES, RULES = map(yaml.safe_load, texts("yaml"))


def rules():
    return [rule for group in RULES["spec"]["groups"] for rule in group["rules"]]


EXPRESSIONS = {
    **{rule["alert"]: rule["expr"] for rule in rules()},
    **{
        f"{panel['title']} {target['refId']}": target["expr"]
        for panel in DASHBOARD["panels"]
        for target in panel["targets"]
    },
}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """Return a hub with a launch, a renewal, a stop and a launch that a neighbour made fail."""
    made = HubAndNeighbours(tmp_path_factory.mktemp("site"), life=900, access_token_life=300)
    made.hub.profile("tiny", "credentials: {s3: refreshable, vault: on}")
    (made.hub.folder / "metrics-token").write_text(TOKEN)
    settings = made.hub.folder / "settings.yaml"
    content = yaml.safe_load(settings.read_text())
    content["hub"]["metrics_token_file"] = "metrics-token"
    settings.write_text(yaml.safe_dump(content))
    with made:
        alice = made.log_in("alice")
        for server in ("lab", "gone"):
            assert alice.launch(server, profile="tiny").status_code in {201, 202}
            alice.wait_until_ready(server)
        alice.stop("gone")
        renewed = alice.api("POST", "onyxia/users/alice/credentials/renew", json={"server": "lab"})
        assert renewed.status_code == 200
        made.freeze("openbao")
        assert alice.launch("bad", profile="tiny").status_code >= 400
        made.thaw("openbao")
        yield made


@pytest.fixture(scope="module")
def exported(site):
    """Return the labels of each metric, as the token for Prometheus reads them."""
    answer = requests.get(
        f"{site.url}/hub/metrics",
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=30,
    )
    assert answer.status_code == 200
    found = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
            found[sample.name, tuple(sorted(sample.labels.items()))] = sample.value
    return found


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_expression_asks_for_metrics_and_labels_that_are_there(exported, name):
    expression = EXPRESSIONS[name]
    asked = METRIC.findall(expression)

    assert asked, expression
    known = set()
    for metric, selector in asked:
        assert metric in exported
        labels = set(re.findall(r"(\w+)(?==|!)", selector)) - OF_PROMETHEUS
        assert labels <= exported[metric], metric
        known |= exported[metric]
    for group in BY.findall(expression):
        assert set(re.split(r", *", group)) <= known


def test_every_metric_in_the_tables_is_there(exported):
    named = set(re.findall(r"`((?:jupyterhub|onyxia|process)_[a-z_]+)`", PAGE.read_text()))
    whole = {name for name in exported if isinstance(name, str)}

    for name in named:
        assert {name, f"{name}_count"} & whole, name


def test_what_runs_is_counted(exported):
    def services(state):
        return exported["onyxia_services", (("state", state),)]

    assert (services("running"), services("starting"), services("stopping")) == (1, 0, 0)


def test_others_read_no_metrics_and_the_token_reads_nothing_else(site):
    def status(path, token):
        headers = {"Authorization": f"token {token}"} if token else {}
        return requests.get(f"{site.url}/hub/{path}", headers=headers, timeout=30).status_code

    assert status("metrics", None) == 403
    assert status("metrics", site.log_in("bob").token) == 403
    assert status("metrics", OPERATOR) == 200
    assert status("api/users", TOKEN) == 403


def test_prometheus_chooses_the_rules_by_the_same_label_as_the_hub():
    assert RULES["kind"] == "PrometheusRule"
    chosen_by = VALUES["monitoring"]["serviceMonitor"]["labels"]
    assert chosen_by
    assert chosen_by.items() <= RULES["metadata"]["labels"].items()
    # What the command below looks for.
    assert all(re.fullmatch("Onyxia[A-Za-z]*", rule["alert"]) for rule in rules())


def test_the_dashboard_has_the_shape_that_grafana_imports():
    assert DASHBOARD["schemaVersion"] >= 36
    assert DASHBOARD["title"]
    (source,) = [v for v in DASHBOARD["templating"]["list"] if v["type"] == "datasource"]
    assert source["query"] == "prometheus"
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in DASHBOARD["panels"]:
        assert panel["datasource"]["uid"] == f"${{{source['name']}}}"
        assert panel["type"] == "timeseries"
        assert panel["targets"]
        assert all(target["datasource"] == panel["datasource"] for target in panel["targets"])
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert max(x for x, _ in cells) < 24
        assert not cells & taken
        taken |= cells
