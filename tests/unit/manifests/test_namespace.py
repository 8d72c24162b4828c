"""What a user's namespace consists of."""

import base64
import re

import pytest

from onyxia_hub.manifests.names import pod_name_of
from onyxia_hub.manifests.namespace import allowed_role, namespace_objects
from onyxia_hub.settings import KubernetesSettings

DOCKER = '{"auths": {"registry.example.org": {"auth": "b255eGlhOnMzY3IzdA=="}}}'


def objects(*, pull_secrets=None, **settings):
    made = namespace_objects(
        "user-alice",
        settings=KubernetesSettings(**settings),
        labels={"component": "onyxia.onyxia-hub"},
        annotations={"hub.jupyter.org/username": "alice"},
        pull_secrets=pull_secrets,
    )
    return made, {(item["kind"], item["metadata"]["name"]): item for item in made.rest}


def test_a_namespace_has_an_account_and_a_binding_for_each_role_that_the_site_allows():
    _, found = objects(cluster_roles={"view": "view", "edit": "statistician"})

    assert set(found) == {
        ("Namespace", "user-alice"),
        ("ServiceAccount", "onyxia-view"),
        ("RoleBinding", "onyxia-view"),
        ("ServiceAccount", "onyxia-edit"),
        ("RoleBinding", "onyxia-edit"),
        ("NetworkPolicy", "onyxia-services"),
    }
    binding = found["RoleBinding", "onyxia-edit"]
    assert binding["roleRef"]["name"] == "statistician"
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "onyxia-edit", "namespace": "user-alice"}
    ]
    assert binding["metadata"]["namespace"] == "user-alice"
    assert binding["metadata"]["annotations"] == {"hub.jupyter.org/username": "alice"}


@pytest.mark.parametrize(
    ("site", "enforced"),
    [({}, "restricted"), ({"pod_security": "baseline"}, "baseline")],
    ids=["default", "chosen"],
)
def test_the_namespace_enforces_the_pod_security_standard_of_the_site(site, enforced):
    made, found = objects(**site)

    labels = made.namespace["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == enforced
    assert labels["app.kubernetes.io/managed-by"] == "onyxia-hub"
    assert labels["component"] == "onyxia.onyxia-hub"
    assert "namespace" not in made.namespace["metadata"]
    # The Namespace comes first: the hub's right to change it shows that its binding has arrived.
    assert made.rest[0] == made.namespace == found["Namespace", "user-alice"]


def test_the_namespace_has_what_nodes_pull_private_images_with():
    _, found = objects(pull_secrets={"registry-credentials": DOCKER})

    secret = found["Secret", "onyxia-registry-credentials-pull"]
    assert secret["type"] == "kubernetes.io/dockerconfigjson"
    assert base64.b64decode(secret["data"][".dockerconfigjson"]).decode() == DOCKER
    assert secret["metadata"]["namespace"] == "user-alice"
    # The sweep deletes what belongs to a pod that is gone.
    assert pod_name_of(secret["metadata"]["name"]) is None


def test_quota_and_limits_are_the_site_s_amounts():
    _, found = objects(
        quota={"requests.cpu": 8, "requests.nvidia.com/gpu": "1"},
        limit_range={"default": {"memory": "1Gi"}, "max": {"cpu": 4}},
    )

    assert found["ResourceQuota", "onyxia-quota"]["spec"] == {
        "hard": {"requests.cpu": "8", "requests.nvidia.com/gpu": "1"}
    }
    assert found["LimitRange", "onyxia-limits"]["spec"] == {
        "limits": [{"type": "Container", "default": {"memory": "1Gi"}, "max": {"cpu": "4"}}]
    }


def test_the_hub_binds_its_own_role_and_lets_itself_in():
    made, found = objects(hub_service_account="onyxia/hub", hub_role="hub-services")

    assert made.hub_binding["roleRef"]["name"] == "hub-services"
    assert made.hub_binding["subjects"] == [
        {"kind": "ServiceAccount", "name": "hub", "namespace": "onyxia"}
    ]
    spec = found["NetworkPolicy", "onyxia-services"]["spec"]
    assert spec["podSelector"] == {}
    own, hub = spec["ingress"][0]["from"]
    assert own == {"podSelector": {}}
    assert hub["namespaceSelector"]["matchLabels"] == {"kubernetes.io/metadata.name": "onyxia"}
    assert hub["podSelector"]["matchLabels"] == {
        "hub.jupyter.org/network-access-singleuser": "true"
    }
    blocks = [to["ipBlock"] for to in spec["egress"][0]["to"] if "ipBlock" in to]
    assert {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]} in blocks


def test_a_hub_under_another_name_finds_no_binding_in_its_way():
    hubs = [("onyxia/hub", "a"), ("onyxia/hub", "b"), ("onyxia2/hub", "a"), ("onyxia/hub2", "a")]
    made = [objects(hub_service_account=account, hub_role=role)[0] for account, role in hubs]
    again, _ = objects(hub_service_account="onyxia/hub", hub_role="a")

    names = [each.hub_binding["metadata"]["name"] for each in made]
    assert len(set(names)) == len(hubs)
    assert again.hub_binding["metadata"]["name"] == names[0]
    assert re.fullmatch(r"onyxia-hub-[0-9a-f]{8}", names[0])


def test_a_policy_that_knows_no_hub_shuts_nobody_out_but_blocks_the_metadata_address():
    made, found = objects()

    assert made.hub_binding is None
    spec = found["NetworkPolicy", "onyxia-services"]["spec"]
    assert spec["policyTypes"] == ["Egress"]
    assert "ingress" not in spec
    (rule,) = spec["egress"]
    excepted = [to["ipBlock"]["except"] for to in rule["to"] if "ipBlock" in to]
    assert ["169.254.169.254/32"] in excepted


@pytest.mark.parametrize("policy", [{"enabled": False}, {"block_metadata": False}])
def test_without_a_hub_to_let_in_and_an_address_to_block_there_is_no_policy(policy):
    _, found = objects(network_policy=policy)

    assert ("NetworkPolicy", "onyxia-services") not in found


@pytest.mark.parametrize(
    ("policy", "kinds"), [({"enabled": False}, set()), ({"block_metadata": False}, {"Ingress"})]
)
def test_the_network_policy_is_the_site_s_choice(policy, kinds):
    _, found = objects(hub_service_account="onyxia/hub", network_policy=policy)

    made = found.get(("NetworkPolicy", "onyxia-services"))
    assert set(made["spec"]["policyTypes"] if made else ()) == kinds


@pytest.mark.parametrize(
    ("asked", "allowed", "given"),
    [
        ("edit", {"view", "edit"}, "edit"),
        ("admin", {"view", "edit"}, "edit"),
        ("edit", {"view"}, "view"),
        ("view", {"edit"}, "none"),
        ("edit", set(), "none"),
        ("none", {"view", "edit", "admin"}, "none"),
    ],
)
def test_a_service_gets_the_highest_role_that_is_asked_for_and_allowed(asked, allowed, given):
    settings = KubernetesSettings(cluster_roles={role: role for role in allowed})

    assert allowed_role(asked, settings) == given


def test_nobody_gets_a_role_where_users_share_a_namespace():
    assert allowed_role("edit", KubernetesSettings(namespaces="single")) == "none"
