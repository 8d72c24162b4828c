"""From the settings file to JupyterHub's traits.

`configure` only sets traits, it never appends to them or reads them back, so whatever a site's
``jupyterhub_config.py`` sets afterwards wins, as in every JupyterHub configuration.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from onyxia_hub import ui
from onyxia_hub.authenticator import OnyxiaAuthenticator
from onyxia_hub.culling.proxy import QuietHTTPProxy
from onyxia_hub.culling.service import culler_role, culler_service
from onyxia_hub.database_connections import pace_sqlite
from onyxia_hub.errors import SettingsError
from onyxia_hub.language import LanguageOfRequest
from onyxia_hub.manifests.names import hub_label, pull_secret_name
from onyxia_hub.service_limit import service_limit
from onyxia_hub.settings import (
    LocalSettings,
    Settings,
    load,
    pull_secret_files,
    read_secret,
)
from onyxia_hub.shared import catalogue_of
from onyxia_hub.sharing import SHARING_SCOPES, count_group_shares_for_tokens
from onyxia_hub.startup import (
    collect_garbage_seldom,
    count_services,
    expect_an_absent_database,
    keep_credentials_fresh,
    log_as_jupyterhub,
    mend_routes,
    sweep_at_start,
)
from onyxia_hub.traefik_password import quick_hash
from onyxia_hub.ui import credentials, messages
from onyxia_hub.ui.own_storage import FILE_SCOPES

__all__ = ["apply", "configure"]


def configure(c: Any, file: Path) -> None:
    """Read a settings file and set the traits that follow from it.

    Parameters
    ----------
    c
        The configuration object of ``jupyterhub_config.py``.
    file
        Path of the settings file.

    Raises
    ------
    SystemExit
        With one sentence that names the file, the key and the fix, if the file can't be used.
    """
    try:
        settings = load(file)
        apply(c, settings, file=file)
    except SettingsError as error:
        sys.exit(f"Onyxia Hub can't start. {error}")
    log_as_jupyterhub()
    collect_garbage_seldom()
    pace_sqlite()
    count_services()
    expect_an_absent_database()
    keep_credentials_fresh()
    if settings.hub.platform == "kubernetes":
        sweep_at_start(settings)
        mend_routes(settings)


def apply(c: Any, settings: Settings, *, file: Path) -> None:
    """Set the traits that follow from checked settings.

    Parameters
    ----------
    c
        The configuration object.
    settings
        The settings.
    file
        Where they came from, for error messages.

    Raises
    ------
    SettingsError
        If a file or a profile that the settings name can't be used.
    """
    _set_hub(c, settings, file=file)
    _set_services(c, settings, file=file)
    _set_login(c, settings, file=file)
    _set_scopes(c, settings)
    _set_pages(c, settings)
    if settings.local is not None and settings.hub.platform == "local":
        _set_local(c, settings, settings.local, file=file)
    else:
        _set_kubernetes(c, settings, file=file)


def _set_hub(c: Any, settings: Settings, *, file: Path) -> None:
    hub = settings.hub
    c.JupyterHub.public_url = f"{hub.public_url}/"
    c.JupyterHub.db_url = (
        _secret(hub.database_url_file, file=file, key="hub.database_url_file")
        if hub.database_url_file is not None
        else hub.database_url
    )
    if hub.cookie_secret_file is not None:
        c.JupyterHub.cookie_secret_file = str(hub.cookie_secret_file)
    c.JupyterHub.proxy_class = QuietHTTPProxy
    c.JupyterHub.allow_named_servers = True
    c.JupyterHub.named_server_limit_per_user = service_limit(hub.services_per_user)
    c.CryptKeeper.keys = _crypt_keys(hub.crypt_key_file, file=file)
    # Read here already, so that a broken profile stops the start and not a user's launch.
    catalogue_of(hub)
    c.LaunchMixin.onyxia_settings = settings


def _set_services(c: Any, settings: Settings, *, file: Path) -> None:
    """Set JupyterHub's own kind of services: programs that talk to the hub, nobody's."""
    services: list[dict[str, Any]] = []
    roles: list[dict[str, Any]] = []
    if settings.hub.api_token_file is not None:
        token = _secret(settings.hub.api_token_file, file=file, key="hub.api_token_file")
        services.append({"name": "operator", "api_token": token})
        # Adds a member to JupyterHub's own role, whose scopes stay as they are.
        roles.append({"name": "admin", "services": ["operator"]})
    if settings.hub.metrics_token_file is not None:
        token = _secret(settings.hub.metrics_token_file, file=file, key="hub.metrics_token_file")
        services.append({"name": "prometheus", "api_token": token})
        scopes = ["read:metrics"]
        roles.append({"name": "prometheus", "scopes": scopes, "services": ["prometheus"]})
    if settings.culling.enabled:
        services.append(culler_service(check_every=settings.culling.check_every))
        roles.append(culler_role())
    c.JupyterHub.services = services
    c.JupyterHub.load_roles = roles


def _set_login(c: Any, settings: Settings, *, file: Path) -> None:
    oidc = settings.oidc
    c.JupyterHub.authenticator_class = OnyxiaAuthenticator
    login = c.OnyxiaAuthenticator
    login.issuer = oidc.issuer
    login.client_id = oidc.client_id
    if oidc.client_secret_file is not None:
        login.client_secret = _secret(
            oidc.client_secret_file, file=file, key="oidc.client_secret_file"
        )
    login.oauth_callback_url = f"{settings.hub.public_url}/hub/oauth_callback"
    login.post_logout_url = f"{settings.hub.public_url}/hub/login"
    login.scope = list(oidc.scopes)
    login.login_service = oidc.login_service
    login.username_claim = oidc.username_claim
    login.auth_state_groups_key = f"oauth_user.{oidc.groups_claim}"
    login.manage_groups = True
    login.allow_all = not oidc.allowed_groups
    login.allowed_groups = set(oidc.allowed_groups)
    login.admin_groups = set(oidc.admin_groups)
    login.enable_auth_state = True
    login.enable_pkce = True
    # The launch renews the login itself, as one of its phases.
    login.refresh_pre_spawn = False
    login.refresh_margin = oidc.refresh_margin
    login.provider_timeout = oidc.timeout
    login.exchanged_tokens = sorted(
        {provider.token for provider in (settings.s3, settings.vault) if provider is not None}
    )


def _set_scopes(c: Any, settings: Settings) -> None:
    sharing = SHARING_SCOPES if settings.hub.sharing else frozenset()
    c.JupyterHub.extra_user_scopes = {
        *credentials.USER_SCOPES,
        *messages.USER_SCOPES,
        *FILE_SCOPES,
        *sharing,
    }
    # Also without: shares of before stay until they are removed, and administrators may share.
    count_group_shares_for_tokens()


def _set_pages(c: Any, settings: Settings) -> None:
    hub = c.JupyterHub
    hub.template_paths = [str(ui.TEMPLATES)]
    hub.template_vars = ui.page_variables(settings)
    hub.extra_handlers = ui.handlers(settings)
    hub.tornado_settings = {
        "headers": {"Content-Security-Policy": ui.CONTENT_SECURITY_POLICY},
        "transforms": [LanguageOfRequest, ui.StylesOfJupyterHub],
    }
    if settings.hub.platform == "kubernetes":
        # Long enough to answer a wrong option at once; what takes longer is shown as it goes on.
        hub.tornado_settings["slow_spawn_timeout"] = 1


def _set_kubernetes(c: Any, settings: Settings, *, file: Path) -> None:
    kubernetes = settings.kubernetes
    hub = c.JupyterHub
    hub.spawner_class = "onyxia"
    hub.base_url = f"{urlsplit(settings.hub.public_url).path}/"
    # A hub that is replaced by a new one must leave the services alone.
    hub.cleanup_servers = False
    if settings.hub.connect_url is not None:
        port = urlsplit(settings.hub.connect_url).port or 8081
        hub.hub_bind_url = f"http://0.0.0.0:{port}"
        hub.hub_connect_url = settings.hub.connect_url
    if kubernetes.proxy_api is not None and kubernetes.proxy_token_file is not None:
        hub.cleanup_proxy = False
        proxy = c.ConfigurableHTTPProxy
        proxy.should_start = False
        proxy.api_url = kubernetes.proxy_api
        proxy.auth_token = _secret(
            kubernetes.proxy_token_file, file=file, key="kubernetes.proxy_token_file"
        )
    pods = c.OnyxiaSpawner
    if kubernetes.namespaces == "per-user":
        pods.enable_user_namespaces = True
        pods.user_namespace_template = kubernetes.namespace_prefix + "{username}"
    else:
        pods.namespace = kubernetes.namespace
    # Several hubs may share a cluster; each one watches, and sweeps up, only what is its own.
    pods.component_label = hub_label(kubernetes.hub_service_account)
    pods.start_timeout = int(kubernetes.start_timeout)
    pods.image_pull_policy = kubernetes.image_pull_policy
    pods.uid = kubernetes.uid
    pods.fs_gid = kubernetes.fs_gid
    pods.storage_class = kubernetes.storage_class
    pods.node_selector = dict(kubernetes.node_selector)
    pods.tolerations = [dict(toleration) for toleration in kubernetes.tolerations]
    pods.priority_class_name = kubernetes.priority_class or ""
    made = pull_secret_files(kubernetes)
    for secret in made.values():
        # Read here already, so that an absent one stops the start and not a user's launch.
        _secret(secret, file=file, key="kubernetes.image_pull_secrets_folder")
    pods.image_pull_secrets = [
        {"name": pull_secret_name(name) if name in made else name}
        for name in kubernetes.image_pull_secrets
    ]


def _set_local(c: Any, settings: Settings, local: LocalSettings, *, file: Path) -> None:
    hub = c.JupyterHub
    hub.spawner_class = "onyxia-local"
    hub.bind_url = f"{settings.hub.public_url}/"
    if local.hub_port is not None:
        hub.hub_bind_url = f"http://127.0.0.1:{local.hub_port}"
    if local.proxy_api is not None and local.proxy_password_file is not None:
        hub.proxy_class = "traefik_file"
        proxy = c.TraefikFileProviderProxy
        proxy.should_start = False
        proxy.traefik_api_url = local.proxy_api
        proxy.traefik_api_username = local.proxy_user
        password = _secret(local.proxy_password_file, file=file, key="local.proxy_password_file")
        proxy.traefik_api_password = password
        proxy.traefik_api_hashed_password = quick_hash(password)
        proxy.traefik_entrypoint = local.proxy_entrypoint
        proxy.traefik_api_entrypoint = local.proxy_api_entrypoint
        proxy.dynamic_config_file = str(local.proxy_rules_file)


def _crypt_keys(path: Path, *, file: Path) -> list[bytes]:
    keys = []
    for part in _secret(path, file=file, key="hub.crypt_key_file").split(";"):
        key = part.strip()
        try:
            # What JupyterHub takes (jupyterhub/crypto.py): 32 bytes, in hex or base64.
            raw = bytes.fromhex(key) if len(key) == 64 else base64.urlsafe_b64decode(key)
        except ValueError:
            raw = b""
        if len(raw) != 32:
            raise SettingsError(
                file=file,
                key="hub.crypt_key_file",
                problem=f"the file {path} holds something else than keys of 32 bytes",
                fix="Write one with `openssl rand -hex 32`.",
            )
        keys.append(raw)
    return keys


def _secret(path: Path, *, file: Path, key: str) -> str:
    try:
        secret = read_secret(path).get_secret_value()
    except (OSError, UnicodeDecodeError) as cause:
        raise SettingsError(
            file=file,
            key=key,
            problem=f"the file {path} can't be read ({type(cause).__name__})",
            fix="Check its path and rights.",
        ) from None
    if not secret:
        raise SettingsError(
            file=file, key=key, problem=f"the file {path} is empty", fix="Put the secret in it."
        )
    return secret
