"""The API server holds the hub's account to users' namespaces, whatever its token is used for.

The chart's policies are installed with the rest of it; each request here is what a thief of the
hub's token could send.
"""

import json
import shutil
import subprocess

import pytest

from tests.cluster import paths
from tests.cluster.client import kubectl
from tests.cluster.programs import PROGRAMS, build
from tests.cluster.trouble import ClusterTrouble

HOME = "policy-test"
SERVICES = f"{HOME}.x.services"
HUB = {"kind": "ServiceAccount", "name": "x-hub", "namespace": HOME}
AS_HUB = f"--as=system:serviceaccount:{HOME}:x-hub"
SETTINGS = {
    "hub": {"public_url": "http://hub.example.org"},
    "oidc": {"issuer": "http://login.example.org"},
    "kubernetes": {"namespace_prefix": "policy-user-"},
}
ENFORCE = "pod-security.kubernetes.io/enforce"


def namespace(name, level, *, managed=True):
    labels = {ENFORCE: level} if level else {}
    labels |= {"app.kubernetes.io/managed-by": "onyxia-hub"} if managed else {}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "labels": labels},
    }


def binding(where, *, role=SERVICES, subject=HUB, name="x"):
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": where},
        "roleRef": {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "ClusterRole",
            "name": role,
        },
        "subjects": [subject],
    }


def account(where, name="default"):
    return {"kind": "ServiceAccount", "name": name, "namespace": where}


def group(name):
    return {"kind": "Group", "name": name, "apiGroup": "rbac.authorization.k8s.io"}


def create(manifest):
    """Create it with the hub's rights; nothing is kept."""
    kubectl("create", AS_HUB, "--dry-run=server", "-f", "-", input=json.dumps(manifest))


def change(manifest):
    """Change it with the hub's rights, as the hub does; nothing is kept."""
    how = ("--server-side", "--force-conflicts", "--dry-run=server")
    kubectl("apply", AS_HUB, *how, "-f", "-", input=json.dumps(manifest))


def refused(request, manifest):
    with pytest.raises(ClusterTrouble) as raised:
        request(manifest)
    return str(raised.value)


@pytest.fixture(scope="module", autouse=True)
def _policies():
    """Install the chart's rights and policies without its pods."""
    values = {"existingSecret": "none", "settings": SETTINGS}
    helm = shutil.which("helm") or str(build(PROGRAMS["helm"]))
    chart = paths.REPOSITORY / "helm" / "onyxia-hub"
    templates = ("rbac/per-user", "admission/namespaces", "admission/rolebindings")
    done = subprocess.run(
        [helm, "template", "x", str(chart), "--namespace", HOME, "--kube-version", "1.34.0"]
        + [word for name in templates for word in ("-s", f"templates/{name}.yaml")]
        + ["--values", "-"],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
    )
    users = [namespace("policy-user-a", "restricted"), namespace("policy-user-bare", None)]
    users.append(namespace("policy-user-open", "privileged"))
    users.append(namespace("policy-user-foreign", "restricted", managed=False))
    try:
        kubectl("apply", "-f", "-", input=done.stdout)
        for user in users:
            kubectl("apply", "-f", "-", input=json.dumps(user))
        # As if the hub could change both: what stops it in the foreign one is the policy alone.
        for where in ("policy-user-a", "policy-user-foreign"):
            kubectl("apply", "-f", "-", input=json.dumps(binding(where, name="hub")))
        yield
    finally:
        kubectl("delete", "--ignore-not-found", "--wait=false", "-f", "-", input=done.stdout)
        names = [user["metadata"]["name"] for user in users]
        kubectl("delete", "namespace", "--ignore-not-found", "--wait=false", *names)


@pytest.fixture(scope="module", autouse=True)
def _in_force(_policies):
    """Wait until the policies have reached the API server's admission."""
    for _ in range(100):
        try:
            create(namespace("not-a-users", "restricted"))
        except ClusterTrouble as trouble:
            if "ValidatingAdmissionPolicy" in str(trouble):
                return
    pytest.fail("the policies never came into force")


def test_the_hub_can_do_what_it_needs():
    create(namespace("policy-user-b", "restricted"))
    create(binding("policy-user-a"))
    create(binding("policy-user-a", role="edit", subject=account("policy-user-a", "onyxia-edit")))
    change(namespace("policy-user-a", "restricted"))
    change(binding("policy-user-a", name="hub"))


@pytest.mark.parametrize(
    "manifest", [namespace("kube-evil", "restricted"), namespace("policy-use", "restricted")]
)
def test_it_makes_no_namespace_but_users(manifest):
    assert "names start with policy-user-" in refused(create, manifest)


@pytest.mark.parametrize("level", [None, "privileged", "baseline"])
def test_it_makes_no_namespace_without_pod_security(level):
    assert ENFORCE in refused(create, namespace("policy-user-b", level))


def test_it_makes_no_namespace_without_the_label_of_its_own():
    unlabelled = namespace("policy-user-b", "restricted", managed=False)

    assert "must have the label app.kubernetes.io/managed-by" in refused(create, unlabelled)


@pytest.mark.parametrize(
    ("managed", "why"), [(True, "namespace that lacked the label"), (False, "must have the label")]
)
def test_it_can_not_take_over_a_namespace_that_it_has_not_made(managed, why):
    taken = namespace("policy-user-foreign", "restricted", managed=managed)

    assert f"{why} app.kubernetes.io/managed-by" in refused(change, taken)


@pytest.mark.parametrize("level", ["privileged", "baseline"])
def test_it_can_not_lift_pod_security_where_it_is(level):
    assert ENFORCE in refused(change, namespace("policy-user-a", level))


@pytest.mark.parametrize("where", ["kube-system", "default", "kube-public"])
def test_it_binds_its_role_in_no_namespace_but_users(where):
    assert "names start with policy-user-" in refused(create, binding(where))


@pytest.mark.parametrize("where", ["policy-user-bare", "policy-user-open"])
def test_it_binds_its_role_in_no_namespace_without_pod_security(where):
    assert ENFORCE in refused(create, binding(where))


def test_it_binds_nothing_in_a_namespace_that_it_has_not_made():
    assert "app.kubernetes.io/managed-by" in refused(create, binding("policy-user-foreign"))


@pytest.mark.parametrize("role", ["cluster-admin", "admin", "system:node"])
def test_it_binds_no_role_that_the_settings_do_not_name(role):
    assert "forbidden" in refused(create, binding("policy-user-a", role=role))


@pytest.mark.parametrize(
    "subject", [account("policy-user-a"), account("kube-system"), group("system:authenticated")]
)
@pytest.mark.parametrize("request_", [create, change])
def test_it_binds_its_own_role_to_nobody_but_itself(subject, request_):
    manifest = binding("policy-user-a", subject=subject, name="hub" if request_ is change else "x")

    assert "nobody but itself" in refused(request_, manifest)


@pytest.mark.parametrize("subject", [account("kube-system"), HUB, group("system:authenticated")])
def test_it_gives_a_services_role_only_to_accounts_of_the_same_namespace(subject):
    refusal = refused(create, binding("policy-user-a", role="edit", subject=subject))

    assert "service accounts of the same namespace" in refusal


def test_nobody_else_is_held_to_the_policies():
    kubectl(
        "create", "--dry-run=server", "-f", "-", input=json.dumps(namespace("not-a-users", None))
    )


def test_without_the_role_in_a_namespace_the_hub_reads_no_secret():
    for where in ("kube-system", "policy-user-bare"):
        with pytest.raises(ClusterTrouble, match="cannot list resource"):
            kubectl("get", "secrets", AS_HUB, "--namespace", where)
    kubectl("get", "secrets", AS_HUB, "--namespace", "policy-user-a")


def test_the_hub_reads_every_pod_as_the_security_model_says_and_no_log():
    everywhere = json.loads(kubectl("get", "pods", AS_HUB, "--all-namespaces", "-o", "json"))
    pod = next(pod for pod in everywhere["items"] if pod["metadata"]["namespace"] == "kube-system")

    assert pod["spec"]["containers"][0]["image"]
    path = f"/api/v1/namespaces/kube-system/pods/{pod['metadata']['name']}/log"
    with pytest.raises(ClusterTrouble, match="pods/log"):
        kubectl("get", AS_HUB, "--raw", path)
