"""From settings to traits, and every mistake told before the hub starts."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from traitlets.config import Config

from onyxia_hub.configure import apply, configure
from onyxia_hub.culling.proxy import QuietHTTPProxy
from onyxia_hub.errors import SettingsError
from onyxia_hub.settings import load

PROFILE = Path(__file__).parents[2] / "profiles" / "jupyter-python.yaml"


@pytest.fixture
def site(tmp_path):
    """A site's folder; returns a function that changes its settings and gives the file."""
    (tmp_path / "crypt.key").write_text("00" * 32)
    (tmp_path / "client-secret").write_text("s3cr3t\n")
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / PROFILE.name).write_text(PROFILE.read_text())

    def make(**sections):
        content = {
            "hub": {
                "public_url": "https://hub.example.org",
                "crypt_key_file": "crypt.key",
                "profiles": "profiles",
            },
            "oidc": {
                "issuer": "https://login.example.org",
                "client_id": "onyxia-hub",
                "client_secret_file": "client-secret",
                "admin_groups": ["platform"],
            },
            "s3": {"endpoint": "https://s3.example.org", "token": "id_token"},
            "vault": {"address": "https://vault.example.org", "role": "onyxia-user"},
        }
        for name, changes in sections.items():
            content.setdefault(name, {}).update(changes)
        file = tmp_path / "settings.yaml"
        file.write_text(yaml.safe_dump(content))
        return file

    return make


def applied(file):
    c = Config()
    apply(c, load(file), file=file)
    return c


def test_the_login_follows_the_settings(site):
    login = applied(site()).OnyxiaAuthenticator

    assert login.issuer == "https://login.example.org"
    assert login.client_secret == "s3cr3t"
    assert login.oauth_callback_url == "https://hub.example.org/hub/oauth_callback"
    assert login.admin_groups == {"platform"}
    assert login.allow_all is True
    assert login.enable_pkce is True
    assert login.enable_auth_state is True
    assert login.exchanged_tokens == ["access_token", "id_token"]


def test_allowed_groups_close_the_door_to_everybody_else(site):
    login = applied(site(oidc={"allowed_groups": ["stats"]})).OnyxiaAuthenticator

    assert login.allow_all is False
    assert login.allowed_groups == {"stats"}


def test_each_user_has_a_namespace_unless_the_site_wants_one(site):
    own = applied(site()).OnyxiaSpawner
    assert own.enable_user_namespaces is True
    assert own.user_namespace_template == "user-{username}"

    shared = applied(site(kubernetes={"namespaces": "single", "namespace": "lab"})).OnyxiaSpawner
    assert shared.namespace == "lab"
    assert "enable_user_namespaces" not in shared


def test_the_embedded_default_uses_the_proxy_that_runs_already(site, tmp_path):
    (tmp_path / "password").write_text("proxy-password")
    (tmp_path / "token").write_text("operator-token")
    c = applied(
        site(
            hub={
                "platform": "local",
                "public_url": "http://127.0.0.1:8000",
                "api_token_file": "token",
            },
            local={
                "state_dir": "state",
                "hub_port": 8081,
                "proxy_api": "http://127.0.0.1:8099",
                "proxy_password_file": "password",
                "proxy_rules_file": "rules.toml",
            },
        )
    )

    assert c.JupyterHub.spawner_class == "onyxia-local"
    assert c.JupyterHub.hub_bind_url == "http://127.0.0.1:8081"
    assert c.TraefikFileProviderProxy.should_start is False
    assert c.TraefikFileProviderProxy.traefik_api_password == "proxy-password"
    # As of `htpasswd -nbs hub proxy-password`, and not the slow one of JupyterHub's class.
    hashed = c.TraefikFileProviderProxy.traefik_api_hashed_password
    assert hashed == "{SHA}scttxwpBTnOOqWd07BIXf4AqyN4="
    assert c.JupyterHub.services[0] == {"name": "operator", "api_token": "operator-token"}
    assert c.JupyterHub.load_roles[0] == {"name": "admin", "services": ["operator"]}


def test_prometheus_reads_metrics_and_nothing_else(site, tmp_path):
    (tmp_path / "metrics").write_text("metrics-token\n")
    hub = applied(
        site(hub={"metrics_token_file": "metrics"}, culling={"enabled": False})
    ).JupyterHub

    assert hub.services == [{"name": "prometheus", "api_token": "metrics-token"}]
    [role] = hub.load_roles
    assert role["scopes"] == ["read:metrics"]
    assert role["services"] == ["prometheus"]


def test_the_hub_starts_the_culler_unless_the_site_wants_none(site):
    hub = applied(site(culling={"check_every": 30})).JupyterHub
    assert [service["name"] for service in hub.services] == ["idle-culler"]
    assert hub.services[0]["environment"]["ONYXIA_CULLING_CHECK_EVERY"] == "30"
    assert [role["name"] for role in hub.load_roles] == ["idle-culler"]
    # What the proxy takes for activity would keep every open tab's service.
    assert hub.proxy_class is QuietHTTPProxy

    without = applied(site(culling={"enabled": False})).JupyterHub
    assert without.services == []
    assert without.load_roles == []


def test_a_hub_in_the_cluster_uses_the_proxy_beside_it(site, tmp_path):
    (tmp_path / "proxy-token").write_text("t0ken")
    (tmp_path / "database").write_text("postgresql://hub:pw@db/hub\n")
    c = applied(
        site(
            hub={
                "public_url": "https://lab.example.org/data",
                "connect_url": "http://onyxia-hub.onyxia:9081",
                "database_url_file": "database",
            },
            kubernetes={
                "proxy_api": "http://onyxia-proxy-api.onyxia:8001",
                "proxy_token_file": "proxy-token",
                "hub_service_account": "onyxia/onyxia-hub",
                "start_timeout": 120,
            },
        )
    )

    assert c.JupyterHub.base_url == "/data/"
    assert c.JupyterHub.hub_bind_url == "http://0.0.0.0:9081"
    assert c.JupyterHub.hub_connect_url == "http://onyxia-hub.onyxia:9081"
    assert c.JupyterHub.db_url == "postgresql://hub:pw@db/hub"
    assert c.JupyterHub.cleanup_servers is False
    assert c.ConfigurableHTTPProxy.should_start is False
    assert c.ConfigurableHTTPProxy.api_url == "http://onyxia-proxy-api.onyxia:8001"
    assert c.ConfigurableHTTPProxy.auth_token == "t0ken"
    assert c.OnyxiaSpawner.component_label == "onyxia.onyxia-hub"
    assert c.OnyxiaSpawner.start_timeout == 120


def test_where_services_run_and_what_goes_before_them_follow_the_settings(site):
    toleration = {"key": "dedicated", "operator": "Exists"}
    pods = applied(
        site(
            kubernetes={
                "node_selector": {"pool": "services"},
                "tolerations": [toleration],
                "priority_class": "onyxia.services",
            }
        )
    ).OnyxiaSpawner

    assert pods.node_selector == {"pool": "services"}
    assert pods.tolerations == [toleration]
    assert pods.priority_class_name == "onyxia.services"
    # The empty word is KubeSpawner's for none.
    assert applied(site()).OnyxiaSpawner.priority_class_name == ""


def test_services_pull_with_the_sites_secrets_or_the_hubs_copies(site, tmp_path):
    names = {"image_pull_secrets": ["registry", "other"]}
    for name in names["image_pull_secrets"]:
        (tmp_path / "pull" / name).mkdir(parents=True)
        (tmp_path / "pull" / name / ".dockerconfigjson").write_text("{}")

    def pulled_with(**kubernetes):
        pods = applied(site(kubernetes=names | kubernetes)).OnyxiaSpawner
        return [secret["name"] for secret in pods.image_pull_secrets]

    assert pulled_with(namespaces="single", namespace="services") == ["registry", "other"]
    assert pulled_with() == ["registry", "other"]
    assert pulled_with(image_pull_secrets_folder="pull") == [
        "onyxia-registry-pull",
        "onyxia-other-pull",
    ]


def test_a_profile_that_two_folders_have_stops_the_start(site, tmp_path):
    more = tmp_path / "more"
    more.mkdir()
    (more / PROFILE.name).write_text(PROFILE.read_text())

    with pytest.raises(SettingsError) as caught:
        applied(site(hub={"more_profiles": ["more"]}))

    assert caught.value.file == more / PROFILE.name
    assert str(tmp_path / "profiles" / PROFILE.name) in caught.value.problem


def test_a_proxy_without_its_token_is_refused(site):
    with pytest.raises(SettingsError, match="`proxy_api` and `proxy_token_file`, or neither"):
        applied(site(kubernetes={"proxy_api": "http://proxy:8001"}))


@pytest.mark.parametrize(
    ("kubernetes", "problem"),
    [
        (
            {"wait_for_room": 900},
            "`wait_for_room` (900 s) must be at least 10 s less than `start_timeout` (300 s)",
        ),
        ({"wait_for_room": 291}, "`wait_for_room` (291 s)"),
        ({"start_timeout": 19}, "greater than or equal to 20"),
        ({"namespaces": "single", "quota": {"pods": 3}}, "leave `quota` out and make a Resource"),
        (
            {"namespaces": "single", "limit_range": {"max": {"cpu": 1}}},
            "leave `limit_range` out and make a LimitRange there yourself",
        ),
        ({"namespace_prefix": "p" * 16}, "namespace_prefix"),
        (
            {
                "namespaces": "single",
                "image_pull_secrets": ["registry"],
                "image_pull_secrets_folder": "pull",
            },
            "make the Secrets there yourself",
        ),
        ({"image_pull_secrets_folder": "pull"}, "write the names of the Secrets too"),
        ({"image_pull_secrets": ["../crypt-key"]}, "image_pull_secrets"),
        (
            {"image_pull_secrets": ["registry"], "image_pull_secrets_folder": "pull"},
            "pull/registry/.dockerconfigjson can't be read",
        ),
    ],
)
def test_settings_that_could_not_hold_are_refused(site, kubernetes, problem):
    with pytest.raises(SettingsError) as refusal:
        applied(site(kubernetes=kubernetes))

    assert problem in str(refusal.value)


@pytest.mark.parametrize(
    "kubernetes",
    [
        {"wait_for_room": 290},
        {"start_timeout": 20, "wait_for_room": 10},
        {"namespaces": "single", "quota": {}, "limit_range": {"max": {}}},
        {"namespaces": "per-user", "quota": {"pods": 3}, "limit_range": {"max": {"cpu": 1}}},
        {"network_policy": {"enabled": True}},
        {"namespace_prefix": "p" * 15},
    ],
)
def test_settings_at_the_edge_of_what_can_hold_are_kept(site, kubernetes):
    applied(site(kubernetes=kubernetes))


def test_what_a_site_sets_afterwards_wins(site):
    c = Config()
    configure(c, site())

    c.OnyxiaAuthenticator.scope = ["openid"]
    c.JupyterHub.named_server_limit_per_user = 3

    assert c.OnyxiaAuthenticator.scope == ["openid"]
    assert c.JupyterHub.named_server_limit_per_user == 3


@pytest.mark.parametrize("key", ["00" * 32, "A" * 43 + "=", f"{'00' * 32}; {'ff' * 32}"])
def test_keys_may_be_hex_or_base64_and_several(site, tmp_path, key):
    (tmp_path / "crypt.key").write_text(key)

    assert {len(raw) for raw in applied(site()).CryptKeeper["keys"]} == {32}


@pytest.mark.parametrize(
    ("name", "content", "key", "problem"),
    [
        ("crypt.key", "hello", "hub.crypt_key_file", "something else than keys of 32 bytes"),
        ("crypt.key", "0" * 64 + ";x", "hub.crypt_key_file", "something else than keys"),
        ("crypt.key", " \n", "hub.crypt_key_file", "is empty"),
        ("crypt.key", None, "hub.crypt_key_file", "can't be read"),
        ("client-secret", None, "oidc.client_secret_file", "can't be read"),
        ("client-secret", b"\xff\xfe", "oidc.client_secret_file", "can't be read"),
        ("profiles/jupyter-python.yaml", "slug: [x", "", "is not valid YAML"),
        ("profiles/jupyter-python.yaml", "slug: jupyter-python", "display_name", "is missing"),
    ],
)
def test_a_file_that_the_settings_name_is_checked_at_start(site, name, content, key, problem):
    file = site()
    target = file.parent / name
    if content is None:
        target.unlink()
    else:
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(SettingsError) as caught:
        applied(file)

    assert caught.value.key == key
    assert problem in caught.value.problem
    with pytest.raises(SystemExit, match=re.escape(f"Onyxia Hub can't start. {caught.value}")):
        configure(Config(), file)


def test_a_hub_with_a_wrong_settings_file_says_so_in_one_line(site, tmp_path):
    (tmp_path / "crypt.key").write_text("hello")
    config = Path(__file__).parents[2] / "jupyterhub_config.py"

    done = subprocess.run(
        [sys.executable, "-m", "jupyterhub", "-f", str(config)],
        check=False,
        cwd=tmp_path,
        env={"ONYXIA_HUB_SETTINGS": str(site()), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode != 0
    assert "Onyxia Hub can't start." in done.stderr
    assert "Traceback" not in done.stderr


def test_users_may_share_their_services_unless_the_site_says_no(site):
    assert "shares!user" in applied(site()).JupyterHub.extra_user_scopes
    without = applied(site(hub={"sharing": False})).JupyterHub.extra_user_scopes
    assert without == {
        f"custom:onyxia:{name}!user" for name in ("credentials", "files", "messages")
    }
