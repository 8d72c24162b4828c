"""Images that are on the nodes before a launch, room that is kept, and who goes first."""

import json

import pytest

from onyxia_hub.catalogue.loader import load_catalogue
from onyxia_hub.shared import default_profiles
from tests.unit.chart.rendered import all_of, pod_of, pods_in, the
from tests.unit.chart.test_chart_profiles import NEW

PULLING = {"prePuller": {"continuous": {"enabled": True}}}
PRIORITY = {"podPriority": {"enabled": True}}
HUB = "onyxia-hub/hub:0.1.0"


def _images(daemon_set):
    spec = daemon_set["spec"]["template"]["spec"]
    return [container["image"] for container in spec["initContainers"]]


def _waits_with(daemon_set):
    (container,) = daemon_set["spec"]["template"]["spec"]["containers"]
    return container["image"]


def _kubernetes(objects):
    return json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])["kubernetes"]


def test_nothing_is_pulled_or_kept_free_unless_the_site_wants_it(chart, minimal):
    kinds = {item["kind"] for item in chart.render(minimal)}

    assert not kinds & {"DaemonSet", "PriorityClass"}


def test_the_first_image_of_every_profile_is_pulled_once_the_hubs_after_them(chart, minimal):
    (puller,) = all_of(chart.render(minimal | PULLING), "DaemonSet")

    always_gpu = {p.slug for p in load_catalogue(default_profiles()) if p.slug.endswith("-gpu")}
    wanted = {
        profile.images[0].image
        for profile in load_catalogue(default_profiles())
        if profile.slug not in always_gpu
    }
    assert len(always_gpu) == 2
    assert sorted(_images(puller)) == sorted(wanted)
    assert _waits_with(puller) == HUB


def test_the_images_are_those_of_the_catalogue_with_the_sites_changes(chart, minimal):
    own = [{"name": "own", "display_name": "Own", "image": "example/own:1"}]
    changes = {"rstudio": {"images": own}, "tool": NEW, "mlflow": {}}
    few = {"includeShippedProfiles": False, "profiles": changes}

    (puller,) = all_of(chart.render(minimal | PULLING | few), "DaemonSet")

    mlflow = load_catalogue(default_profiles()).get("mlflow").images[0].image
    assert sorted(_images(puller)) == sorted(["example/own:1", "example/tool:1", mlflow])


def test_a_profile_with_nodes_of_its_own_is_pulled_there_and_nowhere_else(chart, minimal):
    gpu = {"node_selector": {"gpu": "a100"}}
    minimal["settings"]["kubernetes"] = {
        "node_selector": {"pool": "services", "gpu": "none"},
        "tolerations": [{"key": "dedicated", "operator": "Exists"}],
    }
    profiles = {"jupyter-pytorch-gpu": gpu, "vscode-pytorch-gpu": gpu}
    everywhere, there = all_of(
        chart.render(minimal | PULLING | {"profiles": profiles}), "DaemonSet"
    )

    catalogue = load_catalogue(default_profiles())
    assert _images(there) == [catalogue.get(slug).images[0].image for slug in profiles]
    assert _waits_with(there) == _waits_with(everywhere) == HUB
    spec = there["spec"]["template"]["spec"]
    assert spec["nodeSelector"] == {"pool": "services", "gpu": "a100"}
    assert [toleration["key"] for toleration in spec["tolerations"]] == [
        "dedicated",
        "nvidia.com/gpu",
    ]
    rest = everywhere["spec"]["template"]["spec"]
    assert rest["nodeSelector"] == {"pool": "services", "gpu": "none"}
    assert [toleration["key"] for toleration in rest["tolerations"]] == ["dedicated"]
    selectors = [item["spec"]["selector"]["matchLabels"] for item in (everywhere, there)]
    assert selectors[0] != selectors[1]


def test_a_profile_that_may_do_without_a_gpu_is_pulled_everywhere(chart, minimal):
    gpu = {"gpu": {"min": 0, "max": 1, "default": 0}}
    tool = {**NEW, "resources": {**NEW["resources"], **gpu}}

    (puller,) = all_of(chart.render(minimal | PULLING | {"profiles": {"tool": tool}}), "DaemonSet")

    assert "example/tool:1" in _images(puller)


def test_a_site_may_add_images_and_leave_the_profiles_out(chart, full):
    (puller,) = all_of(chart.render(full), "DaemonSet")

    extra = puller["spec"]["template"]["spec"]["initContainers"]
    assert _waits_with(puller) == "registry.example.org/onyxia-hub/hub:2"
    assert [(item["image"], item["imagePullPolicy"]) for item in extra] == [
        ("registry.example.org/fresh:4", "Always"),
        ("registry.example.org/site:3", "IfNotPresent"),
    ]


def test_the_hubs_image_alone_is_pulled_where_the_site_wants_no_other(chart, minimal):
    few = {"prePuller": PULLING["prePuller"] | {"pullProfileListImages": False}}

    (puller,) = all_of(chart.render(minimal | few), "DaemonSet")

    assert "initContainers" not in puller["spec"]["template"]["spec"]
    assert _waits_with(puller) == HUB


def test_services_go_before_the_pods_that_pull_and_these_before_placeholders(chart, minimal):
    objects = chart.render(minimal | {"scheduling": PRIORITY})
    values = {item["metadata"]["name"]: item["value"] for item in all_of(objects, "PriorityClass")}

    assert values == {
        "onyxia.onyxia.default": 0,
        "onyxia.onyxia.image-puller": -5,
        "onyxia.onyxia.placeholder": -10,
    }
    assert not any(item["globalDefault"] for item in all_of(objects, "PriorityClass"))
    assert _kubernetes(objects)["priority_class"] == "onyxia.onyxia.default"
    for component in ("hub", "proxy"):
        spec = pod_of(objects, component)["spec"]
        assert spec["priorityClassName"] == "onyxia.onyxia.default"


def test_each_pod_has_the_priority_of_what_it_does(chart, full):
    objects = chart.render(full)
    values = {item["metadata"]["name"]: item["value"] for item in all_of(objects, "PriorityClass")}
    (puller,) = all_of(objects, "DaemonSet")
    placeholder = pod_of(objects, "placeholder")

    assert values[puller["spec"]["template"]["spec"]["priorityClassName"]] == -3
    assert values[placeholder["spec"]["priorityClassName"]] == -7
    # A number that YAML would write as 1e+06.
    assert values[pod_of(objects, "hub")["spec"]["priorityClassName"]] == 1_000_000


def test_a_hook_names_no_class_for_it_may_run_before_there_is_one(chart, values):
    objects = chart.render(values | {"scheduling": PRIORITY})
    hooks = [item for item in objects if "helm.sh/hook" in item["metadata"].get("annotations", {})]
    pods = pods_in(hooks)

    assert pods
    assert not [name for name, pod in pods.items() if "priorityClassName" in pod["spec"]]


def test_the_sites_own_priority_class_goes_before_the_charts(chart, minimal):
    minimal["settings"]["kubernetes"] = {"priority_class": "ours"}

    objects = chart.render(minimal | {"scheduling": PRIORITY})

    assert _kubernetes(objects)["priority_class"] == "ours"


def test_placeholders_keep_room_where_services_run(chart, minimal):
    nodes = {"node_selector": {"pool": "a"}, "tolerations": [{"key": "a", "operator": "Exists"}]}
    minimal["settings"]["kubernetes"] = nodes
    kept = {"replicas": 3, "resources": {"requests": {"cpu": 2, "memory": "8Gi"}}}

    objects = chart.render(minimal | {"scheduling": PRIORITY | {"userPlaceholder": kept}})

    deployment = the(objects, "Deployment", "-placeholder")["spec"]
    spec = deployment["template"]["spec"]
    (container,) = spec["containers"]
    assert deployment["replicas"] == 3
    assert container["resources"] == kept["resources"]
    assert (spec["nodeSelector"], spec["tolerations"]) == tuple(nodes.values())
    assert spec["terminationGracePeriodSeconds"] == 0


def test_nothing_waits_for_placeholders_that_find_no_room(chart, full):
    deployment = the(chart.render(full), "Deployment", "-placeholder")["spec"]

    # Helm waits for as many as are not allowed to be away.
    assert deployment["strategy"]["rollingUpdate"] == {"maxUnavailable": "100%"}
    # Kubernetes' word for "never".
    assert deployment["progressDeadlineSeconds"] == 2**31 - 1


def test_placeholders_without_priorities_would_keep_services_out(chart, minimal):
    refusal = chart.refusal(minimal | {"scheduling": {"userPlaceholder": {"replicas": 1}}})

    assert "scheduling.podPriority.enabled: true" in refusal


@pytest.mark.parametrize("value", [1_000_000_001, 1.5, "high"])
def test_a_priority_is_a_number_that_kubernetes_leaves_to_users(chart, minimal, value):
    wrong = {"scheduling": {"podPriority": {"enabled": True, "defaultPriority": value}}}

    assert "defaultPriority" in chart.refusal(minimal | wrong)
