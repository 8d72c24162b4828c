"""What Prometheus needs, and what a drain of nodes is told."""

import json

import pytest

from tests.unit.chart.crds import mistakes
from tests.unit.chart.rendered import all_of, pod_of, secrets_of, the


@pytest.fixture
def watched(chart, minimal):
    def render(**monitoring):
        on = {"serviceMonitor": {"enabled": True}, **monitoring}
        return chart.render({**minimal, "monitoring": on})

    return render


def test_a_service_monitor_is_made_only_where_it_is_asked_for(chart, minimal):
    objects = chart.render(minimal)

    assert not all_of(objects, "ServiceMonitor")
    assert "metrics-token" not in json.dumps(objects)


def test_a_service_monitor_is_what_the_operators_own_definition_takes(watched, chart, full):
    for objects in (watched(), chart.render(full)):
        (monitor,) = all_of(objects, "ServiceMonitor")
        assert mistakes(monitor) == []


def test_the_definition_would_tell_a_mistake(watched):
    (monitor,) = all_of(watched(), "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    endpoint |= {"intervall": "30s", "scrapeTimeout": "soon"}

    told = " ".join(mistakes(monitor))

    assert "intervall" in told
    assert "'soon' does not match" in told


def test_it_finds_the_hubs_port_alone(chart, full):
    objects = chart.render(full)
    (monitor,) = all_of(objects, "ServiceMonitor")
    (endpoint,) = monitor["spec"]["endpoints"]
    chosen = [
        service
        for service in all_of(objects, "Service")
        if monitor["spec"]["selector"]["matchLabels"].items()
        <= service["metadata"]["labels"].items()
    ]

    (service,) = chosen
    assert service["metadata"]["name"] == "platform-hub"
    assert endpoint["port"] in {port["name"] for port in service["spec"]["ports"]}
    assert endpoint["path"] == "/hub-of-statistics/hub/metrics"
    assert (endpoint["interval"], endpoint["scrapeTimeout"]) == ("1m", "20s")
    assert monitor["metadata"]["labels"]["release"] == "prometheus"


def test_it_shows_the_token_that_the_hub_reads(watched):
    objects = watched()
    (monitor,) = all_of(objects, "ServiceMonitor")
    credentials = monitor["spec"]["endpoints"][0]["authorization"]["credentials"]
    settings = json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])

    assert settings["hub"]["metrics_token_file"].endswith("/metrics-token")
    assert (credentials["name"], credentials["key"]) in secrets_of(objects)


def _callers(objects):
    rules = the(objects, "NetworkPolicy", "-hub")["spec"]["ingress"]
    return [peer for rule in rules if rule["ports"] == [{"port": "http"}] for peer in rule["from"]]


def test_prometheus_reaches_the_hub_only_where_it_is_to(chart, minimal, watched):
    before, after = _callers(chart.render(minimal)), _callers(watched())

    (prometheus,) = (peer for peer in after if peer not in before)
    label = {"kubernetes.io/metadata.name": "monitoring"}
    assert prometheus == {"namespaceSelector": {"matchLabels": label}}
    assert len(after) == len(before) + 1


def test_another_place_of_prometheus_replaces_the_default(watched):
    elsewhere = [{"podSelector": {"matchLabels": {"app": "prometheus"}}}]

    assert elsewhere[0] in _callers(watched(**{"from": elsewhere}))
    assert "monitoring" not in json.dumps(_callers(watched(**{"from": elsewhere})))


def test_no_place_at_all_is_refused_for_it_would_mean_everywhere(chart, minimal):
    minimal["monitoring"] = {"serviceMonitor": {"enabled": True}, "from": []}

    assert "/monitoring/from" in chart.refusal(minimal)


def test_a_plain_prometheus_may_have_a_token_too(chart, minimal):
    minimal["secretKeys"] = {"metricsToken": True}
    objects = chart.render(minimal)
    settings = json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])

    assert settings["hub"]["metrics_token_file"]
    assert not all_of(objects, "ServiceMonitor")


def test_no_drain_is_held_up_unless_the_site_wants_that(chart, minimal):
    assert not all_of(chart.render(minimal), "PodDisruptionBudget")


@pytest.mark.parametrize("component", ["hub", "proxy"])
def test_a_budget_is_for_the_pods_of_its_component(chart, minimal, component):
    minimal[component] = {"pdb": {"enabled": True}}
    objects = chart.render(minimal)

    (budget,) = all_of(objects, "PodDisruptionBudget")
    selector = budget["spec"]["selector"]["matchLabels"]
    assert budget["spec"]["minAvailable"] == 1
    for name in ("hub", "proxy"):
        labels = pod_of(objects, name)["metadata"]["labels"]
        assert (selector.items() <= labels.items()) is (name == component)


@pytest.mark.parametrize("most", [0, 1, "50%"])
def test_most_pods_that_may_go_stand_in_place_of_the_fewest_that_stay(chart, minimal, most):
    minimal["hub"] = {"pdb": {"enabled": True, "maxUnavailable": most}}

    (budget,) = all_of(chart.render(minimal), "PodDisruptionBudget")

    assert budget["spec"]["maxUnavailable"] == most
    assert "minAvailable" not in budget["spec"]
