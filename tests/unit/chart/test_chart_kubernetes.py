"""What Kubernetes and a cluster's policies would say about every object of the chart."""

import copy

import pytest

from tests.unit.chart.kubernetes_rules import faults_of, refused_by_pod_security
from tests.unit.chart.rendered import all_of, containers_of, pod_of, pods_in, the

# Groups of kinds that other projects add to Kubernetes, whose schemas it does not bring.
ADDED = {"monitoring.coreos.com", "gateway.networking.k8s.io"}
# Pods that end by themselves, or only wait.
WITHOUT_PROBES = ("-test", "-puller", "-placeholder", "-make-keys")
ROOM = {"scheduling": {"podPriority": {"enabled": True}, "userPlaceholder": {"replicas": 1}}}
EVERY_POD = {**ROOM, "prePuller": {"continuous": {"enabled": True}}}


@pytest.fixture(params=["as it is", "with every pod"])
def objects(request, chart, values):
    return chart.render(values if request.param == "as it is" else values | EVERY_POD)


def test_all_pods_of_the_chart_are_looked_at(chart, minimal):
    names = {name.partition("-")[2] for name in pods_in(chart.render(minimal | EVERY_POD))}

    assert {"hub", "proxy", "puller", "placeholder", "test"} <= names


def test_every_object_fits_the_schema_that_kubernetes_has_of_its_kind(objects):
    known = [item for item in objects if item["apiVersion"].partition("/")[0] not in ADDED]

    assert known
    assert {fault for item in known for fault in faults_of(item)} == set()


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"replica": 2}, "'replica' was unexpected"),
        ({"replicas": "two"}, "'two' is not of type 'integer'"),
        ({"selector": None}, "is not of type 'object'"),
    ],
)
def test_an_object_that_does_not_fit_is_told(chart, minimal, change, fault):
    deployment = the(chart.render(minimal), "Deployment", "-hub")
    deployment["spec"] |= change

    (found,) = faults_of(deployment)

    assert fault in found


def test_pod_security_lets_every_pod_into_a_restricted_namespace(objects):
    pods = pods_in(objects)

    refused = refused_by_pod_security(list(pods.values()))

    assert dict(zip(pods, refused, strict=True)) == {name: [] for name in pods}


def test_pod_security_refuses_what_is_not_restricted(chart, minimal):
    pod = pod_of(chart.render(minimal), "hub")
    open_pod = copy.deepcopy(pod)
    del open_pod["spec"]["securityContext"]["runAsNonRoot"]
    open_pod["spec"]["hostNetwork"] = True

    kept, refused = refused_by_pod_security([pod, open_pod])

    assert kept == []
    assert {word.partition(":")[0] for word in refused} >= {
        "host namespaces",
        "runAsNonRoot != true",
    }


def test_every_container_is_held_to_least_rights_and_says_what_it_takes(objects):
    for name, pod in pods_in(objects).items():
        assert pod["spec"]["enableServiceLinks"] is False, name
        for container in containers_of(pod):
            assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
            assert {"cpu", "memory"} <= container["resources"]["requests"].keys(), name
            _, _, tag = container["image"].rpartition("/")[2].partition(":")
            assert tag not in {"", "latest"}, container["image"]


def test_what_runs_on_is_watched_by_probes(objects):
    for name, pod in pods_in(objects).items():
        for container in pod["spec"]["containers"]:
            watched = {"livenessProbe", "readinessProbe"} <= container.keys()
            assert watched or any(part in name for part in WITHOUT_PROBES), name


def test_no_pod_but_the_hubs_and_its_keys_has_a_token_or_reaches_into_its_node(objects):
    for name, pod in pods_in(objects).items():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is name.endswith(("-hub", "-make-keys")), name
        assert not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
        kinds = {kind for volume in spec.get("volumes", []) for kind in volume if kind != "name"}
        assert "hostPath" not in kinds


def test_secrets_are_named_and_never_written(chart, values):
    objects = chart.render(values | EVERY_POD)
    names = {values.get("existingSecret") or "onyxia-keys", values.get("siteSecret")}
    names |= {item["name"] for item in values.get("image", {}).get("pullSecrets", [])}

    assert not all_of(objects, "Secret")
    for pod in pods_in(objects).values():
        for volume in pod["spec"].get("volumes", []):
            assert "secret" not in volume
            for source in volume.get("projected", {}).get("sources", []):
                assert "secret" not in source or source["secret"]["name"] in names
        for entry in (e for c in containers_of(pod) for e in c.get("env", [])):
            reference = entry.get("valueFrom", {}).get("secretKeyRef")
            assert reference is None or reference["name"] in names
            assert "TOKEN" not in entry["name"] or reference


# Names that YAML would read as numbers; Kubernetes takes them all.
NUMBERS = {
    "existingSecret": "1",
    "siteSecret": "2",
    "theme": {"configMap": "3"},
    "profilesFrom": [{"configMap": "4"}, {"configMap": "5.6"}],
    "ingress": {"enabled": True, "ingressClassName": "6", "tlsSecret": "7", "tls": []},
    "persistence": {"storageClass": "8", "size": "1000000000"},
    "secretKeys": {"databaseUrl": False, "clientSecret": True},
}


@pytest.mark.parametrize("case", ["full", "single", "generated"])
def test_a_name_of_digits_stays_a_text(chart, request, case):
    values = request.getfixturevalue(case) | NUMBERS
    if case == "single":
        values["settings"]["kubernetes"]["namespace"] = "1234"
    if case == "generated":
        values["existingSecret"] = ""

    objects = chart.render(values, namespace="10")

    known = [item for item in objects if item["apiVersion"].partition("/")[0] not in ADDED]
    assert {fault for item in known for fault in faults_of(item)} == set()
