"""The hub's rights: what the chart grants is what the tests before this one have used.

The API server's audit log tells each request of the hub's account. A right that nobody used could
be taken away, and a request that was refused would be one that is missing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from onyxia_hub.manifests.namespace import namespace_objects
from onyxia_hub.settings import KubernetesSettings
from tests.cluster import paths, site
from tests.cluster.client import kubectl
from tests.cluster.trouble import ClusterTrouble
from tests.support.cluster_site import ClusterSite

Right = tuple[str, str]
#: Verb, resource, namespace and name.
Asked = tuple[str, ...]

#: Asked for beside another right, by no request of its own: for a binding, and for a server-side
#: apply of something that is not there yet.
_BIND = {("bind", "clusterroles")}
_APPLIED = {
    ("create", kind)
    for kind in ("serviceaccounts", "resourcequotas", "limitranges", "networkpolicies")
}


def requests_of_the_hub() -> list[dict]:
    """Return what the hub's account has asked since the cluster was started."""
    who = f"system:serviceaccount:{site.NAMESPACE}:{site.RELEASE}-hub"
    lines = paths.audit_log().read_text().splitlines()
    return [event for event in map(json.loads, lines) if event["user"]["username"] == who]


def rules_of_the_hub() -> list[dict]:
    """Return the rules of the hub's two ClusterRoles, as the chart has installed them."""
    role = f"{site.NAMESPACE}.{site.RELEASE}"
    roles = [
        json.loads(kubectl("get", "clusterrole", name, "-o", "json"))
        for name in (role, f"{role}.services")
    ]
    return [rule for role in roles for rule in role["rules"]]


def granted() -> Iterator[Right]:
    """Yield the hub's rights."""
    for rule in rules_of_the_hub():
        for resource in rule["resources"]:
            yield from ((verb, resource) for verb in rule["verbs"])


@pytest.fixture(scope="module")
def events(cluster: ClusterSite) -> list[dict]:
    if paths.OTHER_CLUSTER in os.environ:
        pytest.skip("another cluster's audit log is not ours to read")
    return requests_of_the_hub()


def test_every_right_was_needed(events: list[dict]) -> None:
    used = {
        (event["verb"], resource_of(event))
        for event in events
        if "objectRef" in event and event["responseStatus"]["code"] < 400
    }

    assert sorted(set(granted()) - used - _BIND - _APPLIED) == []


def resource_of(event: dict) -> str:
    """Return a request's resource as rules name it: ``pods/log`` for a pod's log."""
    about = event["objectRef"]
    return "/".join(about[key] for key in ("resource", "subresource") if key in about)


def test_no_right_was_missing(events: list[dict]) -> None:
    refused: set[Asked] = set()
    for event in events:
        code = event["responseStatus"]["code"]
        # A quota refuses creations with the same code.
        if code in (401, 403) and event["verb"] != "create":
            refused.add(asked(event))
        elif code < 400:
            # A new namespace's binding takes a moment to arrive: what was granted in the end was
            # not missing.
            refused.discard(asked(event))

    assert refused == set()


def asked(event: dict) -> Asked:
    """Return what one request of the audit log wanted."""
    about = event["objectRef"]
    return (event["verb"], *(about.get(key, "") for key in ("resource", "namespace", "name")))


def test_secrets_are_asked_for_in_users_namespaces_only(events: list[dict]) -> None:
    where = {
        event["objectRef"].get("namespace", "everywhere")
        for event in events
        if event.get("objectRef", {}).get("resource") == "secrets"
    }

    assert where
    assert [name for name in where if not name.startswith("user-")] == []


@pytest.mark.parametrize("missing", [None, *sorted(_APPLIED | _BIND)], ids=str)
def test_what_is_implied_is_needed_too(cluster: ClusterSite, missing: Right | None) -> None:
    """Each of these is taken away from an account that makes what the hub makes."""
    name = "rights-test"
    rules = [rule_without(rule, missing) for rule in rules_of_the_hub()]
    rules = [rule for rule in rules if rule["verbs"]]
    account = {"kind": "ServiceAccount", "name": "hub", "namespace": name}
    group = "rbac.authorization.k8s.io"
    objects = [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}},
        {
            "apiVersion": f"{group}/v1",
            "kind": "Role",
            "metadata": {"name": "hub", "namespace": name},
            # What names itself can only be granted as such.
            "rules": [rule for rule in rules if rule["resources"] != ["clusterroles"]],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": [rule for rule in rules if rule["resources"] == ["clusterroles"]],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "hub", "namespace": name},
            "roleRef": {"apiGroup": group, "kind": "Role", "name": "hub"},
            "subjects": [account],
        },
        {
            "apiVersion": f"{group}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": name},
            "subjects": [account],
        },
    ]
    made = namespace_objects(
        name,
        settings=KubernetesSettings(
            hub_service_account=f"{name}/hub", quota={"pods": 1}, limit_range={"max": {"cpu": 1}}
        ),
        labels={},
        annotations={},
    )
    try:
        for manifest in objects:
            kubectl("apply", "-f", "-", input=json.dumps(manifest))
        said = ""
        for manifest in made.rest[1:]:
            try:
                kubectl(
                    *("apply", "--server-side", "--field-manager=onyxia-hub", "-f", "-"),
                    f"--as=system:serviceaccount:{name}:hub",
                    input=json.dumps(manifest),
                )
            except ClusterTrouble as refusal:
                said += str(refusal)
    finally:
        kubectl("delete", "clusterrolebinding,clusterrole", name, "--ignore-not-found")
        kubectl("delete", "namespace", name, "--ignore-not-found")
    assert ("forbidden" in said.lower()) == (missing is not None), said


def rule_without(rule: dict, missing: Right | None) -> dict:
    """Return a rule without a right; a rule of several resources keeps the others' verb."""
    verb, resource = missing or (None, None)
    if resource not in rule["resources"]:
        return rule
    return {**rule, "verbs": [kept for kept in rule["verbs"] if kept != verb]}
