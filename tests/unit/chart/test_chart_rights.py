"""The hub's rights: the least, nothing cluster-wide about Secrets, and nothing by accident."""

import json

import pytest

from tests.unit.chart.rendered import all_of, pod_of, the

ROLES = ("ClusterRole", "Role")
# What it may do is in test_chart_secrets.py.
JOB = "-make-keys"


def _rules(objects):
    return [rule for item in objects if item["kind"] in ROLES for rule in item["rules"]]


def _settings(objects):
    return json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])


def _bound(objects, kind):
    """Return the names of the roles that bindings of this kind give to somebody."""
    return {binding["roleRef"]["name"] for binding in all_of(objects, kind)}


def test_no_rule_has_a_wildcard_or_leads_to_more_rights(objects):
    rules = _rules(objects)

    assert rules
    for rule in rules:
        assert "*" not in json.dumps(rule)
        assert not {"escalate", "impersonate", "deletecollection"} & set(rule["verbs"])
        assert "bind" not in rule["verbs"] or rule["resourceNames"]


def test_what_the_hub_has_everywhere_has_no_secret_in_it(objects):
    everywhere = _bound(objects, "ClusterRoleBinding")
    rules = [
        rule
        for role in all_of(objects, "ClusterRole")
        if role["metadata"]["name"] in everywhere
        for rule in role["rules"]
    ]

    assert rules
    reach = {(resource, verb) for r in rules for resource in r["resources"] for verb in r["verbs"]}
    assert not {resource for resource, _ in reach} & {"secrets", "serviceaccounts/token"}
    assert {verb for _, verb in reach} <= {"list", "watch", "create", "bind"}
    assert {resource for resource, verb in reach if verb == "create"} <= {
        "namespaces",
        "rolebindings",
    }


def test_the_role_inside_a_users_namespace_is_bound_by_nobody_but_the_hub(chart, minimal):
    objects = chart.render(minimal)
    role = _settings(objects)["kubernetes"]["hub_role"]

    assert the(objects, "ClusterRole", ".services")["metadata"]["name"] == role
    assert role not in _bound(objects, "ClusterRoleBinding") | _bound(objects, "RoleBinding")


def test_the_hub_may_bind_its_own_role_and_those_of_the_settings_only(chart, full):
    objects = chart.render(full)
    (bind,) = (rule for rule in _rules(objects) if "bind" in rule["verbs"])

    assert bind["resources"] == ["clusterroles"]
    role = _settings(objects)["kubernetes"]["hub_role"]
    assert sorted(bind["resourceNames"]) == sorted([role, "onyxia-edit"])


def test_in_a_shared_namespace_the_hub_makes_and_binds_nothing(chart, single):
    objects = chart.render(single)
    resources = {resource for rule in _rules(objects) for resource in rule["resources"]}
    (binding,) = all_of(objects, "RoleBinding")
    (role,) = all_of(objects, "Role")

    assert not resources & {"namespaces", "rolebindings", "clusterroles", "serviceaccounts"}
    assert binding["metadata"]["namespace"] == role["metadata"]["namespace"] == "services"
    assert binding["roleRef"]["name"] == role["metadata"]["name"]
    assert not all_of(objects, "ValidatingAdmissionPolicy")


def test_every_binding_is_for_the_hubs_own_account(objects):
    account = _settings(objects)["kubernetes"]["hub_service_account"]
    bindings = all_of(objects, "ClusterRoleBinding") + all_of(objects, "RoleBinding")
    bindings = [item for item in bindings if not item["metadata"]["name"].endswith(JOB)]

    assert bindings
    for binding in bindings:
        (subject,) = binding["subjects"]
        assert f"{subject['namespace']}/{subject['name']}" == account
    assert pod_of(objects, "hub")["spec"]["serviceAccountName"] == account.partition("/")[2]


def test_only_the_hub_gets_a_token_of_the_cluster(objects):
    accounts = all_of(objects, "ServiceAccount")
    (hub,) = (one for one in accounts if not one["metadata"]["name"].endswith(JOB))

    assert len(accounts) == 1 + len(all_of(objects, "Job"))
    assert all(account["automountServiceAccountToken"] is False for account in accounts)
    assert pod_of(objects, "hub")["spec"]["serviceAccountName"] == hub["metadata"]["name"]
    assert pod_of(objects, "hub")["spec"]["automountServiceAccountToken"] is True
    assert pod_of(objects, "proxy")["spec"]["automountServiceAccountToken"] is False
    assert "serviceAccountName" not in pod_of(objects, "proxy")["spec"]


@pytest.mark.parametrize("resource", ["namespaces", "rolebindings"])
def test_a_policy_holds_the_hubs_account_to_users_namespaces(chart, full, resource):
    objects = chart.render(full, namespace="data")
    policy = the(objects, "ValidatingAdmissionPolicy", f".{resource}")
    binding = the(objects, "ValidatingAdmissionPolicyBinding", f".{resource}")
    (condition,) = policy["spec"]["matchConditions"]
    (rule,) = policy["spec"]["matchConstraints"]["resourceRules"]

    assert policy["spec"]["failurePolicy"] == "Fail"
    assert rule["resources"] == [resource]
    assert set(rule["operations"]) == {"CREATE", "UPDATE"}
    assert condition["expression"].endswith('== "system:serviceaccount:data:platform-hub"')
    assert binding["spec"]["policyName"] == policy["metadata"]["name"]
    assert binding["spec"]["validationActions"] == ["Deny"]
    expressions = " ".join(item["expression"] for item in policy["spec"]["validations"])
    assert '.startsWith("people-")' in expressions
    assert '["baseline","restricted"]' in expressions
    labelled = {"namespaces": ("object", "oldObject"), "rolebindings": ("namespaceObject",)}
    for variable in labelled[resource]:
        label = f'&& {variable}.metadata.labels["app.kubernetes.io/managed-by"]'
        assert f'{label} == "onyxia-hub"' in expressions


def test_the_hubs_namespaces_are_restricted_unless_the_site_says_otherwise(chart, minimal):
    policies = all_of(chart.render(minimal), "ValidatingAdmissionPolicy")

    assert ['["restricted"]' in json.dumps(each).replace('\\"', '"') for each in policies] == [
        True
    ] * 2


def test_pod_security_is_held_to_only_where_there_is_any(chart, minimal):
    minimal["settings"]["kubernetes"] = {"pod_security": "privileged"}

    policies = all_of(chart.render(minimal), "ValidatingAdmissionPolicy")

    assert policies
    assert "pod-security" not in json.dumps(policies)


def test_rights_and_policies_can_be_left_to_somebody_else(chart, minimal):
    off = {"rbac": {"create": False}, "admissionPolicy": {"enabled": False}}

    kinds = {item["kind"] for item in chart.render({**minimal, **off})}

    assert not kinds & {"ClusterRole", "ClusterRoleBinding", "ValidatingAdmissionPolicy"}
