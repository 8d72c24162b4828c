"""How browsers come in: Ingress, HTTPRoute, and what is told where there is neither."""

import pytest

from tests.unit.chart.crds import mistakes
from tests.unit.chart.rendered import all_of, the


def _spec(objects, kind):
    (only,) = all_of(objects, kind)
    return only["spec"]


@pytest.fixture
def with_ingress(chart, minimal):
    def render(**ingress):
        return _spec(chart.render({**minimal, "ingress": {"enabled": True, **ingress}}), "Ingress")

    return render


@pytest.fixture
def with_route(chart, minimal):
    def render(**route):
        route = {"enabled": True, "parentRefs": [{"name": "public"}], **route}
        return chart.render({**minimal, "httpRoute": route})

    return render


def test_nothing_leads_in_unless_it_is_asked_for(chart, minimal):
    objects = chart.render(minimal)

    assert not all_of(objects, "Ingress")
    assert not all_of(objects, "HTTPRoute")


def test_an_ingress_is_for_the_host_of_the_address(with_ingress):
    spec = with_ingress()

    assert [rule["host"] for rule in spec["rules"]] == ["hub.example.org"]
    assert spec["rules"][0]["http"]["paths"][0]["pathType"] == "Prefix"
    assert "tls" not in spec
    assert "ingressClassName" not in spec


def test_one_certificate_is_for_all_hosts(with_ingress):
    hosts = ["hub.example.org", "www.example.org"]

    spec = with_ingress(hosts=hosts, tlsSecret="hub-tls")

    assert [rule["host"] for rule in spec["rules"]] == hosts
    assert spec["tls"] == [{"hosts": hosts, "secretName": "hub-tls"}]


def test_tls_as_in_an_ingress_goes_before_the_one_certificate(with_ingress):
    tls = [{"hosts": ["hub.example.org"], "secretName": "own"}]

    assert with_ingress(tls=tls, tlsSecret="hub-tls")["tls"] == tls


def test_a_route_is_for_the_host_and_the_path_of_the_address(chart, minimal):
    minimal["settings"]["hub"]["public_url"] = "https://example.org/data"
    route = {"enabled": True, "parentRefs": [{"name": "public"}]}

    spec = _spec(chart.render({**minimal, "httpRoute": route}), "HTTPRoute")

    assert spec["hostnames"] == ["example.org"]
    (rule,) = spec["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/data/"}}]


def test_a_route_leads_to_a_service_that_is_there(with_route, chart, full):
    for objects in (with_route(), chart.render(full)):
        (rule,) = _spec(objects, "HTTPRoute")["rules"]
        (backend,) = rule["backendRefs"]
        service = the(objects, "Service", "-proxy-public")
        assert backend["name"] == service["metadata"]["name"]
        assert backend["port"] in {port["port"] for port in service["spec"]["ports"]}


def test_a_route_is_what_the_gateway_apis_own_definition_takes(with_route, chart, full):
    for objects in (with_route(), chart.render(full)):
        (route,) = all_of(objects, "HTTPRoute")
        assert mistakes(route) == []


def test_the_definition_would_tell_a_mistake(with_route):
    (route,) = all_of(with_route(parentRefs=[{"name": "public", "sektion": "https"}]), "HTTPRoute")
    route["spec"]["rules"][0]["backendRefs"][0]["port"] = "http"

    told = " ".join(mistakes(route))

    assert "sektion" in told
    assert "'http' is not of type 'integer'" in told


def test_a_route_without_a_gateway_is_refused(chart, minimal):
    minimal["httpRoute"] = {"enabled": True}

    assert "httpRoute.parentRefs is empty" in chart.refusal(minimal)
