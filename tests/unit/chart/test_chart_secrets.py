"""Where the hub's keys come from, and that no installation makes them anew."""

import json

import pytest

from onyxia_hub.cli import main
from onyxia_hub.cluster.own_keys import KEYS
from onyxia_hub.settings import KubernetesSettings, pull_secret_files
from tests.unit.chart.cluster_in_view import cluster_with
from tests.unit.chart.rendered import all_of, pod_of, secrets_of, the

OWN = ("crypt-key", "cookie-secret", "proxy-token")
MADE = [("onyxia-keys", key) for key in OWN]


def _of_the_proxy(objects):
    (container,) = pod_of(objects, "proxy")["spec"]["containers"]
    (entry,) = (one for one in container["env"] if one["name"] == "CONFIGPROXY_AUTH_TOKEN")
    return entry["valueFrom"]["secretKeyRef"]


def _hooks(objects):
    """Return what runs before an installation, by kind."""
    return {
        item["kind"]: item
        for item in objects
        if "pre-install" in item["metadata"].get("annotations", {}).get("helm.sh/hook", "")
    }


def test_one_secret_may_hold_all(chart, minimal):
    minimal["secretKeys"] = {"apiToken": True, "databaseUrl": True}
    objects = chart.render(minimal)

    keys = [*OWN, "api-token", "client-secret", "database-url"]
    assert secrets_of(objects) == [("onyxia-secrets", key) for key in keys]
    assert _of_the_proxy(objects) == {"name": "onyxia-secrets", "key": "proxy-token"}
    assert not _hooks(objects)


def test_without_one_the_keys_are_made_and_the_rest_is_read_from_the_sites(chart, generated):
    objects = chart.render(generated)

    assert secrets_of(objects) == [*MADE, ("onyxia-site", "client-secret")]
    assert _of_the_proxy(objects) == {"name": "onyxia-keys", "key": "proxy-token"}


def test_a_public_client_needs_no_secret_of_the_sites(chart, generated):
    del generated["siteSecret"]
    generated["secretKeys"] = {"clientSecret": False}

    assert secrets_of(chart.render(generated)) == MADE


@pytest.mark.parametrize("key", ["clientSecret", "apiToken", "databaseUrl"])
def test_what_only_the_site_knows_is_asked_for(chart, generated, key):
    del generated["siteSecret"]
    generated["secretKeys"] = {"clientSecret": False, key: True}

    assert "siteSecret is missing" in chart.refusal(generated)


def test_all_that_the_hub_reads_is_among_what_is_made(chart, generated):
    generated["monitoring"] = {"serviceMonitor": {"enabled": True}}

    read = {key for name, key in secrets_of(chart.render(generated)) if name == "onyxia-keys"}
    assert read == set(KEYS)


def test_two_renderings_are_the_same(chart, generated):
    # Argo CD and Flux render again and again, without a look at the cluster.
    assert chart.render(generated) == chart.render(generated)


def test_the_job_that_makes_the_keys_runs_before_all_else_and_is_gone_then(chart, generated):
    hooks = _hooks(chart.render(generated))

    assert set(hooks) == {"ServiceAccount", "Role", "RoleBinding", "Job"}
    for item in hooks.values():
        notes = item["metadata"]["annotations"]
        assert notes["helm.sh/hook"] == "pre-install,pre-upgrade"
        assert notes["helm.sh/hook-delete-policy"] == "before-hook-creation,hook-succeeded"
    weight = {k: int(i["metadata"]["annotations"]["helm.sh/hook-weight"]) for k, i in hooks.items()}
    assert weight.pop("Job") > max(weight.values())


def test_the_job_may_make_secrets_and_read_none(chart, generated):
    hooks = _hooks(chart.render(generated))
    name = hooks["Job"]["spec"]["template"]["spec"]["serviceAccountName"]

    assert hooks["Role"]["rules"] == [
        {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create"]}
    ]
    assert hooks["ServiceAccount"]["metadata"]["name"] == name
    assert hooks["RoleBinding"]["roleRef"]["name"] == hooks["Role"]["metadata"]["name"]
    (subject,) = hooks["RoleBinding"]["subjects"]
    assert (subject["name"], subject["namespace"]) == (name, "onyxia")


def test_the_job_meets_pod_securitys_restricted_and_no_service_leads_to_it(chart, generated):
    objects = chart.render(generated)
    template = the(objects, "Job", "-make-keys")["spec"]["template"]
    (container,) = template["spec"]["containers"]
    hub = pod_of(objects, "hub")["spec"]

    assert template["spec"]["securityContext"] == hub["securityContext"]
    assert container["securityContext"] == hub["containers"][0]["securityContext"]
    assert container["image"] == hub["containers"][0]["image"]
    for service in all_of(objects, "Service"):
        assert not service["spec"]["selector"].items() <= template["metadata"]["labels"].items()


def test_the_job_runs_a_command_that_is_there(chart, generated, capsys):
    (container,) = the(chart.render(generated), "Job", "")["spec"]["template"]["spec"]["containers"]
    program, *arguments = container["command"]

    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--help"])

    assert (program, ended.value.code) == ("onyxia-hub", 0)
    assert arguments == ["make-keys", "onyxia-keys", "--namespace", "onyxia"]
    assert "Kubernetes" in capsys.readouterr().out


def test_the_job_ends_before_helm_gives_up_and_has_no_mesh_beside_it(chart, generated):
    job = the(chart.render(generated), "Job", "-make-keys")["spec"]

    # `helm install` waits 300 seconds for a hook.
    assert job["activeDeadlineSeconds"] < 300
    assert job["template"]["metadata"]["labels"]["sidecar.istio.io/inject"] == "false"


def test_without_rights_of_its_own_the_chart_asks_for_the_keys(chart, generated):
    generated["rbac"] = {"create": False}

    assert "write existingSecret" in chart.refusal(generated)


def test_no_rendered_object_is_a_secret(chart, generated):
    text = json.dumps(chart.render(generated))

    assert '"kind": "Secret"' not in text
    assert "stringData" not in text


def _pulled_with(objects):
    spec = pod_of(objects, "hub")["spec"]
    return {
        source["secret"]["name"]: source["secret"]["items"]
        for volume in spec["volumes"]
        if volume["name"] == "pull-secrets"
        for source in volume["projected"]["sources"]
    }


def _written_settings(objects):
    text = the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"]
    return json.loads(text)["kubernetes"]


def test_what_pulls_the_hubs_image_is_handed_to_it_for_users_namespaces(chart, minimal):
    minimal["image"] = {"pullSecrets": [{"name": "registry"}, {"name": "7"}]}
    objects = chart.render(minimal)

    written = _written_settings(objects)
    assert written["image_pull_secrets"] == ["registry", "7"]
    (container,) = pod_of(objects, "hub")["spec"]["containers"]
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert written["image_pull_secrets_folder"] == mounts["pull-secrets"]
    assert _pulled_with(objects) == {
        name: [{"key": ".dockerconfigjson", "path": f"{name}/.dockerconfigjson"}]
        for name in ("registry", "7")
    }
    settings = KubernetesSettings.model_validate(written)
    assert pull_secret_files(settings)["7"].as_posix() == (
        f"{mounts['pull-secrets']}/7/.dockerconfigjson"
    )


def test_in_a_namespace_that_users_share_the_operator_makes_them(chart, single):
    single["image"] = {"pullSecrets": [{"name": "registry"}]}
    objects = chart.render(single)

    written = _written_settings(objects)
    assert written["image_pull_secrets"] == ["registry"]
    assert "image_pull_secrets_folder" not in written
    assert _pulled_with(objects) == {}


def test_without_a_private_registry_nothing_is_said_of_one(chart, minimal):
    objects = chart.render(minimal)

    assert not [key for key in _written_settings(objects) if "pull_secrets" in key]
    assert _pulled_with(objects) == {}


@pytest.fixture
def upgrade(chart, tmp_path):
    """Return what Helm says when it renders for a cluster with some objects in it."""

    def upgrade(values, installed):
        with cluster_with(installed, tmp_path) as kubeconfig:
            return chart.template(values, more=["--dry-run=server", "--kubeconfig", kubeconfig])

    return upgrade


def test_keys_of_before_are_not_left_behind_without_a_word(chart, upgrade, minimal, generated):
    given = {**minimal, "existingSecret": "onyxia-secrets"}
    installed = all_of(chart.render(given), "Deployment")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "onyxia-keys"}}

    refused = upgrade(generated, installed)

    assert refused.returncode != 0
    assert "Write existingSecret: onyxia-secrets, and nothing changes" in refused.stderr
    assert "make the Secret onyxia-keys first" in refused.stderr
    # Who has made it from the old one has moved; who keeps the value keeps the keys.
    assert upgrade(generated, [*installed, secret]).returncode == 0
    assert upgrade(given, installed).returncode == 0


def test_keys_that_the_chart_has_made_are_no_others_keys(chart, upgrade, generated):
    assert upgrade(generated, []).returncode == 0
    assert upgrade(generated, all_of(chart.render(generated), "Deployment")).returncode == 0
