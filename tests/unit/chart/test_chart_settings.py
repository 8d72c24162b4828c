"""What the chart computes is what the hub can load."""

import json
import re

import pytest
from traitlets.config.loader import PyFileConfigLoader

from onyxia_hub.cluster.own_keys import KEYS
from onyxia_hub.settings import KubernetesSettings, load
from onyxia_hub.shared import default_profiles
from tests.unit.chart.conftest import CHART
from tests.unit.chart.rendered import all_of, pod_of, secrets_of, the, write_data

REPOSITORY = CHART.parents[1]


@pytest.fixture
def settings_of(chart, tmp_path):
    def read(values, **where):
        config = the(chart.render(values, **where), "ConfigMap", "-hub")
        return load(write_data(config, tmp_path / "config") / "settings.yaml")

    return read


def test_the_settings_of_a_short_values_file_are_complete(settings_of, minimal):
    settings = settings_of(minimal, release="prod", namespace="data")

    assert settings.hub.public_url == "https://hub.example.org"
    assert settings.hub.connect_url == "http://prod-hub.data:8081"
    assert settings.hub.database_url == "sqlite:////srv/onyxia-hub/jupyterhub.sqlite"
    assert settings.hub.api_token_file is None
    assert settings.kubernetes.proxy_api == "http://prod-proxy-api.data:8001"
    assert settings.kubernetes.hub_service_account == "data/prod-hub"
    assert settings.oidc.client_secret_file.name == "client-secret"


def test_the_sites_settings_win_and_keep_their_types(settings_of, full):
    settings = settings_of(full)

    assert settings.hub.services_per_user == 25
    assert settings.hub.api_token_file.name == "api-token"
    assert settings.hub.database_url_file.name == "database-url"
    assert settings.oidc.client_id == "1234567"
    assert settings.oidc.client_secret_file is None
    assert settings.oidc.timeout == 7.5
    assert settings.s3.duration == 604800
    assert settings.s3.session_policy["Version"] == "2012-10-17"
    assert settings.s3.session_policy["Statement"][0]["Resource"][1] == "="
    assert (settings.vault.role, settings.vault.kv_mount) == ("on", "0123")
    assert settings.kubernetes.cluster_roles == {"edit": "onyxia-edit"}
    assert settings.kubernetes.quota["requests.memory"] == "1000000000000"


def test_what_the_chart_takes_as_default_is_what_the_hub_takes(settings_of, minimal):
    kubernetes = settings_of(minimal).kubernetes

    for name in ("namespaces", "namespace_prefix", "cluster_roles", "pod_security"):
        assert getattr(kubernetes, name) == KubernetesSettings.model_fields[name].default


def test_a_null_takes_a_computed_setting_away(settings_of, minimal):
    minimal["settings"]["hub"]["profiles"] = None

    assert settings_of(minimal).hub.profiles is None


def test_every_file_that_the_settings_name_is_mounted_in_the_hub(objects):
    config = json.loads(the(objects, "ConfigMap", "-hub")["data"]["settings.yaml"])
    spec = the(objects, "Deployment", "-hub")["spec"]["template"]["spec"]
    mounts = {m["name"]: m["mountPath"] for m in spec["containers"][0]["volumeMounts"]}

    named = {
        value
        for section in config.values()
        for key, value in section.items()
        if key.endswith("_file")
    }

    assert named == {f"{mounts['secrets']}/{key}" for _, key in secrets_of(objects)}
    assert config["hub"]["profiles"] == mounts["profiles"]
    (secrets,) = (item["projected"] for item in spec["volumes"] if item["name"] == "secrets")
    items = [item for source in secrets["sources"] for item in source["secret"]["items"]]
    assert all(item["key"] == item["path"] for item in items)


def _config_folder(objects, folder, *, theme):
    """Write the folder of the settings file as its projected volume shows it."""
    (volume,) = (
        v["projected"] for v in pod_of(objects, "hub")["spec"]["volumes"] if v["name"] == "config"
    )
    content = {
        "theme": theme,
        **{m["metadata"]["name"]: m["data"] for m in all_of(objects, "ConfigMap")},
    }
    folder.mkdir()
    for source in volume["sources"]:
        data = content[source["configMap"]["name"]]
        items = source["configMap"].get("items", [{"key": key, "path": key} for key in data])
        for item in items:
            file = folder / item["path"]
            file.parent.mkdir(exist_ok=True)
            file.write_text(data[item["key"]])
    return folder


def test_the_files_of_a_theme_lie_beside_the_settings_file(chart, minimal, tmp_path):
    minimal["settings"]["pages"] = {"logo": "logo.svg", "terms": "terms.md"}
    theme = {"configMap": "theme", "files": {"terms.md": "Be kind."}}
    given = {"logo.svg": "<svg/>", "settings.yaml": "hub: {public_url: https://evil.example}"}

    folder = _config_folder(
        chart.render(minimal | {"theme": theme}), tmp_path / "config", theme=given
    )

    pages = load(folder / "settings.yaml").pages
    assert pages.logo.read_text() == "<svg/>"
    assert pages.terms.read_text() == "Be kind."


@pytest.mark.parametrize("name", ["settings.yaml", "jupyterhub_config.py", "a/b.svg", ".hidden"])
def test_a_file_of_a_theme_can_not_take_the_place_of_the_settings(chart, minimal, name):
    refusal = chart.refusal(minimal | {"theme": {"files": {name: ""}}})

    assert "/theme/files" in refusal
    assert name in refusal


@pytest.fixture
def run_config(chart, tmp_path, monkeypatch):
    """Return what JupyterHub reads when it starts in the pod, with the mounts in a folder."""

    def run(values):
        config_map = the(chart.render(values), "ConfigMap", "-hub")
        folder = write_data(config_map, tmp_path / "config")
        (folder / "extra").mkdir()
        for entry in folder.glob("extra.*.py"):
            entry.rename(folder / "extra" / entry.name.removeprefix("extra."))
        secrets = tmp_path / "secrets"
        secrets.mkdir()
        for key in (*KEYS, "client-secret", "api-token"):
            (secrets / key).write_text("ab" * 32)
        (secrets / "database-url").write_text("postgresql://hub@db/hub")
        pulled = tmp_path / "pull-secrets"
        for item in values.get("image", {}).get("pullSecrets", []):
            (pulled / item["name"]).mkdir(parents=True)
            (pulled / item["name"] / ".dockerconfigjson").write_text("{}")
        settings = folder / "settings.yaml"
        text = settings.read_text().replace("/etc/onyxia-hub/secrets", str(secrets))
        text = text.replace("/etc/onyxia-hub/pull-secrets", str(pulled))
        settings.write_text(text.replace("/etc/onyxia-hub/profiles", str(default_profiles())))
        monkeypatch.setenv("ONYXIA_HUB_SETTINGS", str(settings))
        monkeypatch.setenv("ONYXIA_HUB_CONFIG", str(REPOSITORY / "jupyterhub_config.py"))
        return PyFileConfigLoader("jupyterhub_config.py", path=str(folder)).load_config()

    return run


def test_the_configuration_in_the_pod_is_onyxias(run_config, minimal):
    config = run_config(minimal)

    assert config.JupyterHub.spawner_class == "onyxia"
    assert config.JupyterHub.public_url == "https://hub.example.org/"
    assert config.ConfigurableHTTPProxy.should_start is False


def test_extra_config_runs_after_onyxias_own_in_the_order_of_its_names(run_config, full):
    # Other ConfigMaps are not there to be mounted.
    config = run_config({**full, "profilesFrom": []})

    assert config.JupyterHub.concurrent_spawn_limit == 50
    assert config.JupyterHub.named_server_limit_per_user == 7
    assert config.JupyterHub.spawner_class == "onyxia"
    assert config.OnyxiaSpawner.image_pull_secrets == [{"name": "onyxia-registry-pull"}]


def test_the_sites_services_and_roles_are_appended_to_onyxias_own_as_the_readme_says(
    run_config, minimal
):
    readme = (REPOSITORY / "helm/onyxia-hub/README.md").read_text()
    append = re.findall(r"`(c\.JupyterHub\.\w+\.append\()\{\.\.\.\}\)`", readme)
    assert len(append) == 2
    theirs = {"name": "theirs", "api_token": "of-theirs"}
    lines = [f"{line}{theirs!r})" for line in append]
    values = {"secretKeys": {"apiToken": True}, "extraConfig": {"more": "\n".join(lines)}}

    config = run_config({**minimal, **values})

    services = [each["name"] for each in config.JupyterHub.services]
    roles = [each["name"] for each in config.JupyterHub.load_roles]
    assert services == ["operator", "idle-culler", "theirs"]
    assert roles == ["admin", "idle-culler", "theirs"]


def test_a_mistake_in_extra_config_is_told_with_the_entrys_name(run_config, minimal):
    with pytest.raises(SyntaxError) as raised:
        run_config({**minimal, "extraConfig": {"theme": "c.JupyterHub.template_vars = {"}})

    assert raised.value.filename.endswith("theme.py")
