"""The objects fit together, collide with nobody's, and hold no secret."""

import json
import os
import subprocess

import pytest

from onyxia_hub.manifests.names import PROFILE_LABEL
from onyxia_hub.manifests.namespace import NETWORK_LABEL
from tests.unit.chart.rendered import all_of, pod_of, secrets_of, the

CLUSTER_WIDE = {
    "PriorityClass",
    "ClusterRole",
    "ClusterRoleBinding",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
}
COMPONENTS = ("hub", "proxy")


def _names(objects, *, cluster_wide):
    return {
        (item["kind"], item["metadata"]["name"])
        for item in objects
        if (item["kind"] in CLUSTER_WIDE) is cluster_wide
    }


def _selects(selector, labels):
    return selector.items() <= labels.items()


def test_two_releases_share_no_cluster_wide_name(chart, minimal):
    # “a-b” in “c” and “a” in “b-c” would be one, were the parts just joined by hyphens.
    places = [("a-b", "c"), ("a", "c"), ("a", "b-c"), ("c", "a-b"), ("a-services", "c")]
    names = [
        _names(chart.render(minimal, release=release, namespace=namespace), cluster_wide=True)
        for release, namespace in places
    ]

    assert all(names)
    assert len(set().union(*names)) == sum(map(len, names))


def test_two_releases_in_one_namespace_share_no_name(chart, minimal):
    one, two = (_names(chart.render(minimal, release=r), cluster_wide=False) for r in ("a", "b"))

    assert one
    assert one.isdisjoint(two)


def test_the_longest_names_that_helm_allows_still_fit(chart, minimal):
    objects = chart.render(minimal, release="r" * 53, namespace="n" * 63)

    for item in objects:
        longest = 253 if item["kind"] in CLUSTER_WIDE else 63
        assert len(item["metadata"]["name"]) <= longest
        assert all(len(value) <= 63 for value in item["metadata"]["labels"].values())


def test_each_service_leads_to_the_pods_of_one_component(objects):
    expected = {"-hub": "hub", "-proxy-public": "proxy", "-proxy-api": "proxy"}
    for ending, component in expected.items():
        spec = the(objects, "Service", ending)["spec"]
        chosen = [
            name
            for name in COMPONENTS
            if _selects(spec["selector"], pod_of(objects, name)["metadata"]["labels"])
        ]
        assert chosen == [component]
        (container,) = pod_of(objects, component)["spec"]["containers"]
        open_ports = {port["name"] for port in container["ports"]}
        assert {port["targetPort"] for port in spec["ports"]} <= open_ports


def test_a_deployment_selects_its_own_pods_by_labels_that_no_upgrade_changes(objects):
    for component in COMPONENTS:
        spec = the(objects, "Deployment", f"-{component}")["spec"]
        selector = spec["selector"]["matchLabels"]
        assert _selects(selector, spec["template"]["metadata"]["labels"])
        assert not {key for key in selector if key.endswith(("/version", "/chart"))}


def test_the_pods_carry_the_label_that_users_network_policies_let_in(objects):
    for component in COMPONENTS:
        assert pod_of(objects, component)["metadata"]["labels"][NETWORK_LABEL] == "true"


def test_only_proxy_and_services_reach_the_hub_and_only_the_hub_the_proxys_api(chart, minimal):
    objects = chart.render(minimal)
    labels = {name: pod_of(objects, name)["metadata"]["labels"] for name in COMPONENTS}
    hub = the(objects, "NetworkPolicy", "-hub")["spec"]
    proxy = the(objects, "NetworkPolicy", "-proxy")["spec"]

    assert _selects(hub["podSelector"]["matchLabels"], labels["hub"])
    assert not _selects(hub["podSelector"]["matchLabels"], labels["proxy"])
    (to_hub,) = hub["ingress"]
    from_proxy, from_services = to_hub["from"]
    assert to_hub["ports"] == [{"port": "http"}]
    assert _selects(from_proxy["podSelector"]["matchLabels"], labels["proxy"])
    (word,) = from_services["podSelector"]["matchExpressions"]
    assert word == {"key": PROFILE_LABEL, "operator": "Exists"}
    public, api = proxy["ingress"]
    assert public == {"ports": [{"port": "http"}]}
    assert api["ports"] == [{"port": "api"}]
    (only,) = api["from"]
    assert _selects(only["podSelector"]["matchLabels"], labels["hub"])
    assert not _selects(only["podSelector"]["matchLabels"], labels["proxy"])


def test_the_proxy_has_its_token_without_the_newline_that_ends_a_file(objects, tmp_path):
    (container,) = pod_of(objects, "proxy")["spec"]["containers"]
    stand_in = tmp_path / "configurable-http-proxy"
    stand_in.write_text('#!/bin/sh\nprintf "%s|" "$CONFIGPROXY_AUTH_TOKEN" "$@"\n')
    stand_in.chmod(0o755)
    environment = {"CONFIGPROXY_AUTH_TOKEN": "abc\n", "PATH": f"{tmp_path}:{os.environ['PATH']}"}

    done = subprocess.run(
        [*container["command"], *container["args"]],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split("|")[:-1] == ["abc", *container["args"]]


def test_there_is_one_hub_and_it_ends_before_the_next_starts(objects):
    for component in COMPONENTS:
        spec = the(objects, "Deployment", f"-{component}")["spec"]
        assert (spec["replicas"], spec["strategy"]["type"]) == (1, "Recreate")


def test_no_object_holds_a_secret(objects, values):
    assert not all_of(objects, "Secret")
    named = {values.get(key) for key in ("existingSecret", "siteSecret")}
    assert {name for name, _ in secrets_of(objects)} <= named | {"onyxia-keys"}
    for component, names in (("hub", set()), ("proxy", {"CONFIGPROXY_AUTH_TOKEN"})):
        (container,) = pod_of(objects, component)["spec"]["containers"]
        assert "envFrom" not in container
        by_reference = {entry["name"] for entry in container["env"] if "valueFrom" in entry}
        assert by_reference == names
        assert not [e for e in container["env"] if "TOKEN" in e["name"] and "value" in e]
        assert "token" not in " ".join(container.get("args", [])).lower()


def test_changed_settings_or_profiles_start_the_hub_anew_and_nothing_else_does(chart, minimal):
    def checksums(**changes):
        return pod_of(chart.render({**minimal, **changes}), "hub")["metadata"]["annotations"]

    plain = checksums()
    assert checksums(service={"type": "LoadBalancer"}) == plain
    assert checksums(profiles={"rstudio": {"order": 1}}) != plain
    assert checksums(extraConfig={"x": "c.JupyterHub.log_level = 10"}) != plain


def test_the_path_of_the_address_is_the_path_of_probes_errors_and_ingress(chart, full):
    objects = chart.render(full)
    (hub,) = pod_of(objects, "hub")["spec"]["containers"]
    (proxy,) = pod_of(objects, "proxy")["spec"]["containers"]
    rules = the(objects, "Ingress", "")["spec"]["rules"]

    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert hub[probe]["httpGet"]["path"] == "/hub-of-statistics/hub/health"
    assert "--error-target=http://platform-hub:8081/hub-of-statistics/hub/error" in proxy["args"]
    for rule in rules:
        assert rule["http"]["paths"][0]["path"] == "/hub-of-statistics/"


def test_the_database_is_on_a_volume_unless_the_secret_names_another(chart, minimal, full):
    def state(objects):
        volumes = pod_of(objects, "hub")["spec"]["volumes"]
        return next(volume for volume in volumes if volume["name"] == "state")

    here, there = chart.render(minimal), chart.render(full)

    (claim,) = all_of(here, "PersistentVolumeClaim")
    assert state(here)["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert claim["metadata"]["annotations"] == {"helm.sh/resource-policy": "keep"}
    assert not all_of(there, "PersistentVolumeClaim")
    assert state(there)["emptyDir"] == {}


@pytest.mark.parametrize(("kind", "port"), [("NodePort", 30080), ("ClusterIP", None)])
def test_a_node_port_is_set_where_the_service_has_one(chart, minimal, kind, port):
    service = {"type": kind, "nodePort": 30080}

    spec = the(chart.render({**minimal, "service": service}), "Service", "-public")["spec"]

    assert spec["type"] == kind
    assert spec["ports"][0].get("nodePort") == port


def test_every_value_of_the_full_file_arrives(chart, full):
    text = json.dumps(chart.render(full))

    for word in ("example.org/team", "registry", '"pool": "system"', "/etc/ca", "monitoring"):
        assert word in text
    assert "--log-level=debug" in text
    assert '"registry.example.org/onyxia-hub/hub:2"' in text
